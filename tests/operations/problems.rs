//! What a problem's `type` links to.

use testing::{TestApp, Value, json};

#[tokio::test]
async fn a_problems_type_leads_to_a_page_that_tells_what_it_means() {
    let app = TestApp::start().await;
    let (public, ana) = (app.anonymous(), app.user("ana").await);
    let refused = [
        public.get("/v1/me").await,
        public.get("/nowhere").await,
        ana.post("/v1/me/addresses", json!({})).await,
        ana.post("/v1/checkouts", json!({})).await,
        ana.get("/v1/admin/users").await,
        ana.delete("/v1/products").await,
    ];
    for answer in refused {
        let problem = answer.json();
        let address = problem["type"].as_str().expect("a problem has a type");
        let path = address.find("/problems/").map(|at| &address[at..]).expect("it is one of ours");
        let page = public.get(path).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
        let code = problem["code"].as_str().expect("a problem has a code");
        assert!(page.text().contains(&format!("<code>{code}</code>")), "{path}");
    }
    let all = public.get("/problems").await;
    assert!(all.text().contains("href=\"/problems/insufficient_stock\""));
    public.get("/problems/nonsense").await.expect_problem(404, "not_found");
    app.stop().await;
}

/// Every code that the description names is explained.
#[tokio::test]
async fn every_code_of_the_description_has_a_page() {
    let app = TestApp::start().await;
    let public = app.anonymous();
    let description = public.get("/openapi.json").await.expect(200);
    let paths = description["paths"].as_object().expect("there are paths");
    let operations = paths.values().flat_map(|methods| methods.as_object().expect("methods").values());
    let responses =
        operations.flat_map(|operation| operation["responses"].as_object().expect("responses").values());
    let examples =
        responses.map(|response| &response["content"]["application/problem+json"]["example"]["type"]);
    let mut types: Vec<&str> = examples.filter_map(Value::as_str).collect();
    types.sort_unstable();
    types.dedup();
    assert!(types.len() > 40, "{types:?}");
    for path in types {
        assert_eq!(public.get(path).await.status, 200, "{path}");
    }
    app.stop().await;
}

/// A body that is nothing but mistakes does not get an answer many times its size.
#[tokio::test]
async fn only_so_many_mistakes_are_told() {
    let app = TestApp::start().await;
    let rubbish: serde_json::Map<String, Value> =
        (0..5_000).map(|number| (format!("field{number}"), json!(number))).collect();
    let answer = app.anonymous().post("/v1/auth/login", Value::Object(rubbish)).await;
    assert_eq!(answer.expect_invalid().len(), 1_000);
    let told = answer.expect_problem(422, "invalid")["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("5002 mistakes"), "{told}");
    app.stop().await;
}
