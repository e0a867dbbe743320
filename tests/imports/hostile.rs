//! Files that nobody would write by accident.

use testing::{TestApp, json};

use super::{SHOPIFY, errors, import, import_rows, lines, products};

/// Whatever it is, it ends, and what could be read went in.
#[tokio::test]
async fn files_of_all_kinds_come_to_an_end() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(SHOPIFY.bytes().flat_map(|byte| [byte, 0])).collect();
    let binary: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let wide = format!("Handle,Variant Price{}\n", ",x".repeat(1_500));
    let quotes = "\"".repeat(50_001);
    for file in [utf16, binary, wide.into_bytes(), quotes.into_bytes(), b"PK\x03\x04\0\0".to_vec()] {
        let done = import(&app, &seller, &file).await;
        assert_eq!((&done["status"], done["errors"].as_array().unwrap().len()), (&json!("failed"), 1));
    }
    assert!(products(&seller).await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn bad_cells_cost_their_row_alone() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let mut file = format!("\u{feff}{SHOPIFY}").into_bytes();
    let good = |handle: &str, title: &str| format!("{handle},{title},,,,,TRUE,Title,Default Title,,,5,10,\n");
    file.extend(good("nul", "N\0ul").bytes());
    file.extend(good("long", &"x".repeat(10 << 20)).bytes());
    file.extend(b"latin,Caf\xE9,,,,,TRUE,Title,Default Title,,,5,10,\n");
    file.extend(good("open", "\"Never closed").bytes());
    file.extend(good("bell", "Bell\u{7}").bytes());
    file.extend(good("cup", "Cup").bytes());
    file.extend(good("title", &"é".repeat(121)).bytes());
    file.extend(b"short,Short\n");
    file.extend(good("jar", "\"Jar, \"\"big\"\"\"").bytes());
    let done = import(&app, &seller, &file).await;
    assert_eq!(
        errors(&done),
        ["2 Title", "3 Title", "4 Title", "5 Title", "6 Title", "8 Title", "9 Variant Price"]
    );
    let products = products(&seller).await;
    assert_eq!(products.keys().collect::<Vec<_>>(), ["Cup", "Jar, \"big\""]);
    app.stop().await;
}

/// What the file brings along does no harm where it is shown.
#[tokio::test]
async fn scripts_and_formulas() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let rows = "cup,=cmd|calc,\"<img src=x onerror=alert(1)><a href=\"\"javascript:x\"\">a</a><p>Fine</p>\",+1,,,TRUE,\
        Title,Default Title,@SUM(1),,5,10,\n";
    let done = import_rows(&app, &seller, rows).await;
    assert_eq!(done["errors"], json!([]));
    let cup = products(&seller).await["=cmd|calc"].clone();
    let description = cup["description"].as_str().unwrap();
    assert!(!description.contains("onerror") && !description.contains("javascript"), "{description}");
    assert!(description.contains("<p>Fine</p>"));
    let export = seller.get("/v1/vendor/exports/products.csv").await;
    for formula in [",=cmd", ",+1", ",@SUM"] {
        assert!(!export.text().contains(formula), "{}", export.text());
    }
    assert!(export.text().contains(",'=cmd|calc,"));
    app.stop().await;
}

/// Many products under one handle's variations, and none at all: sizes that invite a quadratic loop.
#[tokio::test]
async fn a_long_file_is_read_in_reasonable_time() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let mut rows = lines(20_000, |row| format!("cup,,,,,,,,v{row},,,5,x,\n"));
    rows.push_str("jar,Jar,,,,,TRUE,Title,Default Title,,,5,10,\n");
    let done = import_rows(&app, &seller, &rows).await;
    assert_eq!((&done["status"], &done["rows_done"]), (&json!("completed"), &json!(20_001)));
    assert_eq!(products(&seller).await.len(), 1);
    app.stop().await;
}

/// Files that are empty, of another kind, or bombs: each fails as a whole with one clear sentence.
#[tokio::test]
async fn files_that_say_nothing_fail() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let big_endian: Vec<u8> =
        [0xFE, 0xFF].into_iter().chain(SHOPIFY.bytes().flat_map(|byte| [0, byte])).collect();
    let columns = format!("Handle,Variant Price{}\n", ",x".repeat(999));
    let bomb = pack(&vec![b' '; 80 << 20]);
    let mut torn = pack(b"{\"id\": \"1\"}\n");
    torn.truncate(14);
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for (name, file) in [
        ("nothing", Vec::new()),
        ("white space", b" \n \r\n\n".to_vec()),
        ("a byte order mark", b"\xEF\xBB\xBF".to_vec()),
        ("UTF-16, big end first", big_endian),
        ("an open header", b"\"Handle,Variant Price\nx,1\n".to_vec()),
        ("1,001 columns", columns.into_bytes()),
        ("another shop's", b"id,name,price\n1,x,2\n".to_vec()),
        ("a page", b"<!doctype html><title>Log in</title>".to_vec()),
        ("NUL", vec![0; 5_000]),
        ("a bomb", bomb),
        ("torn", torn),
        ("deep", format!("{{\"id\": {deep}}}").into_bytes()),
        ("objects of nothing", "{}\n".repeat(300).into_bytes()),
    ] {
        let done = import(&app, &seller, &file).await;
        assert_eq!(done["status"], "failed", "{name}: {done:#}");
        assert_eq!(done["errors"].as_array().unwrap().len(), 1, "{name}");
        assert!(!done["errors"][0]["detail"].as_str().unwrap().is_empty(), "{name}");
    }
    let long = vec![b'x'; 20 * 1024 * 1024 + 1];
    let answer = seller.upload("/v1/vendor/imports", &[("file", Some("a.csv"), &long)]).await;
    answer.expect_problem(413, "too_large");
    assert!(products(&seller).await.is_empty());
    app.stop().await;
}

fn pack(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}
