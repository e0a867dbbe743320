//! Whole taxonomies: through the API, and Google's real one.

use std::path::Path;

use testing::{Actor, Response, TestApp, Value, json};

use super::{create, path};

/// The parts of a form: each its name, the name of its file, its bytes.
type Parts<'p> = &'p [(&'p str, Option<&'p str>, &'p [u8])];

async fn import(admin: &Actor, content: &[u8], dry_run: bool) -> Response {
    let parts: Parts<'_> = &[("file", Some("taxonomy.txt"), content), ("dry_run", None, b"true")];
    let parts = if dry_run { parts } else { &parts[..1] };
    admin.upload("/v1/admin/categories/import", parts).await
}

fn counts(report: &Value) -> [i64; 4] {
    ["rows_total", "categories_created", "categories_known", "error_count"]
        .map(|field| report[field].as_i64().expect("a count"))
}

fn lines(report: &Value) -> Vec<String> {
    let errors = report["errors"].as_array().expect("a list of errors");
    errors.iter().map(|error| format!("{} {}", error["row"], error["detail"].as_str().unwrap())).collect()
}

async fn tree(app: &TestApp) -> Value {
    app.anonymous().get("/v1/categories").await.expect(200)["data"].clone()
}

#[tokio::test]
async fn what_is_missing_is_made_and_the_rest_stays() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let home = create(&admin, "Home & Garden", None).await;
    let pots = create(&admin, "Pots", Some(&home)).await;
    admin.patch(&path(&pots), json!({"slug": "tea-pots"})).await.expect(200);
    let before = tree(&app).await;
    let file = "# Version 1\n1 - Home & garden\r\n2 - Home & garden > Pots\n\n3 - Home & garden > Bulbs\n\
        4 - Toys > Cars > Red\n5 - Toys > Cars\n6 - Toys > Pots\n";

    let tried = import(&admin, file.as_bytes(), true).await.expect(200);
    assert_eq!((counts(&tried), &tried["dry_run"]), ([6, 5, 3, 0], &json!(true)));
    assert_eq!(tree(&app).await, before, "a dry run changes nothing");

    let done = import(&admin, file.as_bytes(), false).await.expect(200);
    assert_eq!((counts(&done), &done["dry_run"]), ([6, 5, 3, 0], &json!(false)));
    let after = tree(&app).await;
    let children = |root: usize| -> Vec<Value> {
        after[root]["children"].as_array().unwrap().iter().map(|child| child["slug"].clone()).collect()
    };
    assert_eq!((after[0]["id"].clone(), after[1]["path"].clone()), (home["id"].clone(), json!(["Toys"])));
    assert_eq!(children(0), ["tea-pots", "bulbs"]);
    // A slug that was given up belongs to its category for ever.
    assert_eq!(children(1), ["cars", "toys-pots"]);
    assert_eq!(after[1]["children"][0]["children"][0]["path"], json!(["Toys", "Cars", "Red"]));

    let again = import(&admin, file.as_bytes(), false).await.expect(200);
    assert_eq!(counts(&again), [6, 0, 6, 0]);
    assert_eq!(tree(&app).await, after);
    app.stop().await;
}

#[tokio::test]
async fn each_wrong_line_is_told_and_keeps_no_other_out() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let deep = vec!["x"; 17].join(" > ");
    let long = "y".repeat(51);
    let mut file = format!("1 - A\n2 - A > {long}\n3 - A > {long} > B\nA > > C\n{deep}\n").into_bytes();
    file.extend(b"\xff\xfe\nA > N\x00UL\nA > D\n");
    let done = import(&admin, &file, false).await.expect(200);
    assert_eq!(counts(&done), [8, 2, 0, 6]);
    assert_eq!(
        lines(&done),
        [
            format!("2 the name `{long}` must have at most 50 characters"),
            format!("3 the name `{long}` must have at most 50 characters"),
            "4 the name `` must not be empty".to_owned(),
            "5 at most 16 levels".to_owned(),
            "6 the line is no UTF-8".to_owned(),
            "7 the name `N\u{fffd}UL` contains a character that is not allowed".to_owned(),
        ]
    );
    let made = tree(&app).await;
    assert_eq!(made[0]["children"][0]["path"], json!(["A", "D"]));

    let wide: Vec<u8> = "Ä".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (zeros, arrows) = (vec![0; 5_000], vec![b'>'; 1_000_000]);
    for hostile in [&b""[..], b"\n\n# nothing\n", &wide, &zeros, b"> > >", &arrows] {
        let refused = import(&admin, hostile, false).await.expect(200);
        assert_eq!(counts(&refused)[1..], [0, 0, 1], "{refused}");
    }
    assert_eq!(tree(&app).await, made);
    app.stop().await;
}

#[tokio::test]
async fn only_a_whole_form_of_an_admin_is_taken() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let path = "/v1/admin/categories/import";
    import(&app.user("ana").await, b"A", false).await.expect_problem(403, "forbidden");
    import(&app.anonymous(), b"A", false).await.expect_problem(401, "unauthenticated");
    admin.post(path, json!({})).await.expect_problem(415, "unsupported_media_type");
    let cases: [(Parts<'_>, &str); 4] = [
        (&[], "/file required"),
        (&[("file", Some("a"), b"A"), ("file", Some("a"), b"B")], "/file not_allowed"),
        (&[("file", Some("a"), b"A"), ("dry_run", None, b"maybe")], "/dry_run not_allowed"),
        (&[("text", None, b"A")], "/text unknown_field"),
    ];
    for (parts, mistake) in cases {
        assert_eq!(admin.upload(path, parts).await.expect_invalid(), [mistake]);
    }
    let huge = vec![b'#'; 21 * 1024 * 1024];
    import(&admin, &huge, false).await.expect_problem(413, "too_large");
    assert_eq!(tree(&app).await, json!([]));
    app.stop().await;
}

/// Two at once: what one makes, the other finds.
#[tokio::test]
async fn two_imports_at_once_double_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let lines: Vec<String> = (0..200).map(|n| format!("Root {} > Child {n}\n", n % 7)).collect();
    let file = lines.concat();
    let (one, other) =
        tokio::join!(import(&admin, file.as_bytes(), false), import(&admin, file.as_bytes(), false));
    let created = |answer: Response| counts(&answer.expect(200))[1];
    assert_eq!(created(one) + created(other), 207);
    app.stop().await;
}

/// The real one: 5,595 categories, of which one has a name of 51 characters.
#[tokio::test]
async fn googles_taxonomy() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/taxonomy/google-taxonomy-with-ids.en-US.txt");
    let Ok(content) = std::fs::read(&file) else {
        println!("skipped: there is no {}", file.display());
        return;
    };
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let done = import(&admin, &content, false).await.expect(200);
    assert_eq!(counts(&done), [5_595, 5_594, 0, 1]);
    let name = "Weight Lifting Machine & Exercise Bench Accessories";
    let number =
        1 + content.split(|byte| *byte == b'\n').position(|line| line.ends_with(name.as_bytes())).unwrap();
    assert_eq!(lines(&done), [format!("{number} the name `{name}` must have at most 50 characters")]);

    let roots = tree(&app).await;
    assert_eq!(roots.as_array().unwrap().len(), 21);
    assert_eq!(roots[0]["path"], json!(["Animals & Pet Supplies"]));
    for (slug, path) in [
        ("bird-supplies", json!(["Animals & Pet Supplies", "Pet Supplies", "Bird Supplies"])),
        ("laptops", json!(["Electronics", "Computers", "Laptops"])),
    ] {
        let found = app.anonymous().get(&format!("/v1/categories/{slug}")).await.expect(200);
        assert_eq!(found["path"], path);
    }
    let again = import(&admin, &content, false).await.expect(200);
    assert_eq!(counts(&again), [5_595, 0, 5_594, 1]);
    assert_eq!(tree(&app).await, roots);
    app.stop().await;
}
