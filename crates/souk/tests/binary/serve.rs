//! Start and end of the server.

use crate::souk::Place;

#[test]
fn it_starts_says_where_everything_is_and_ends() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.get("/readyz").expect(200);
    server.get("/openapi.json").expect(200);
    let address = server.address.clone();
    let printed = server.stop();
    for said in [
        format!("http://{address}/docs"),
        place.path().canonicalize().unwrap().join("souk-data").display().to_string(),
        format!("http://{address}/dev/mailbox"),
        "THE THROTTLE IS OFF".to_owned(),
    ] {
        assert!(printed.contains(&said), "{said} is not in {printed}");
    }
}

#[test]
fn an_interrupt_ends_it_as_well() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.signal("INT");
    assert_eq!(server.wait().code(), Some(0));
}
