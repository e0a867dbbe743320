//! Whom a request comes from, where reverse proxies stand before the server: nobody can make it up.

use marketplace::settings::ProxyHeader;
use testing::{Actor, TestApp, json};

/// The address that the audit log has for a request with these headers.
async fn seen(app: &TestApp, admin: &Actor, headers: &[(&str, &str)]) -> String {
    let from = headers
        .iter()
        .fold(admin.at(([10, 0, 0, 9], 40_000)), |actor, (name, value)| actor.with_header(name, value));
    from.post("/v1/admin/categories", json!({"name": "Pots"})).await.expect(201);
    let log = admin.get("/v1/admin/audit-log?limit=1").await.expect(200);
    let address = log["data"][0]["address"].as_str().unwrap().to_owned();
    assert_eq!(app.market.settings.trusted_proxies.is_empty(), address == "10.0.0.9" && headers.len() == 1);
    address
}

#[tokio::test]
async fn the_client_is_the_last_hop_that_is_no_trusted_proxy() {
    let app = TestApp::builder()
        .with(|settings| {
            settings.trusted_proxies =
                vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:1::/48".parse().unwrap()];
        })
        .start()
        .await;
    let admin = app.admin().await;
    let cases = [
        (vec!["203.0.113.7"], "203.0.113.7"),
        (vec!["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        (vec!["198.51.100.1, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
        (vec!["198.51.100.1", "203.0.113.7, 10.1.2.3"], "203.0.113.7"),
        (vec!["198.51.100.1, 203.0.113.7:4711, 2001:db8:1::5"], "203.0.113.7"),
        (vec!["[2001:db8:2::5]:80"], "2001:db8:2::5"),
        // A hop that nobody can read hides what stands before it.
        (vec!["203.0.113.7, unknown, 10.1.2.3"], "10.1.2.3"),
        (vec!["203.0.113.7, "], "10.0.0.9"),
        (vec!["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
    ];
    for (lines, expected) in cases {
        let mut headers: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        // The other header could be the client's own.
        headers.push(("forwarded", "for=192.0.2.66"));
        assert_eq!(seen(&app, &admin, &headers).await, expected, "{lines:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn forwarded_is_read_where_it_is_the_proxies_header() {
    let app = TestApp::builder()
        .with(|settings| {
            settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
            settings.proxy_header = ProxyHeader::Forwarded;
        })
        .start()
        .await;
    let admin = app.admin().await;
    for (line, expected) in [
        ("for=203.0.113.7", "203.0.113.7"),
        ("for=198.51.100.1;proto=http, For=\"[2001:db8::9]:4711\";by=10.0.0.1", "2001:db8::9"),
        ("for=198.51.100.1, for=_hidden", "10.0.0.9"),
    ] {
        let headers = [("forwarded", line), ("x-forwarded-for", "192.0.2.66")];
        assert_eq!(seen(&app, &admin, &headers).await, expected, "{line}");
    }
    app.stop().await;
}

#[tokio::test]
async fn nobody_is_believed_unless_trusted() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    assert_eq!(seen(&app, &admin, &[("x-forwarded-for", "203.0.113.7")]).await, "10.0.0.9");
    app.stop().await;
}

/// Behind a proxy each client has tries of its own, and nobody gets new ones by making up addresses.
#[tokio::test]
async fn tries_are_counted_by_the_real_client() {
    let app = TestApp::builder()
        .with(|settings| {
            settings.throttle = true;
            settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        })
        .start()
        .await;
    let try_from = async |number: usize, hops: &str| {
        let proxy = app.anonymous().at(([10, 0, 0, 9], 40_000)).with_header("x-forwarded-for", hops);
        let body = json!({"email": format!("nobody{number}@example.com")});
        proxy.post("/v1/auth/forgot-password", body).await.status.as_u16()
    };
    for number in 0..30 {
        assert_eq!(try_from(number, &format!("198.51.100.{number}, 203.0.113.7")).await, 202);
    }
    assert_eq!(try_from(30, "192.0.2.1, 203.0.113.7").await, 429);
    assert_eq!(try_from(31, "192.0.2.1, 203.0.113.8").await, 202);
    app.stop().await;
}
