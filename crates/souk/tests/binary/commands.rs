//! The commands that do something and end.

use crate::souk::Place;

#[test]
fn migrate_makes_the_schema_once() {
    let place = Place::new();
    place.run(&["migrate"]).expect_success();
    assert!(place.database().exists());
    place.run(&["migrate"]).expect_success();
    place.run(&["doctor"]).expect_success();
}

#[test]
fn an_email_is_an_admins_once() {
    let place = Place::new();
    let create = ["admin", "create", "--email", "Root@Souk.test", "--first-name", "Ada", "--password-stdin"];
    let made = place.run_with_input(&create, "correct horse\n").expect_success();
    assert!(made.contains("Root@Souk.test"), "{made}");
    let again = ["admin", "create", "--email", "root@souk.TEST", "--password-stdin"];
    let line = place.run_with_input(&again, "correct horse").expect_failure(1);
    assert!(line.contains("already"), "{line}");
    let promoted = place.run(&["admin", "create", "--email", "root@souk.test", "--promote"]).expect_success();
    assert!(promoted.contains("is an administrator"), "{promoted}");
    let line = place.run(&["admin", "create", "--email", "nobody@souk.test", "--promote"]).expect_failure(1);
    assert!(line.contains("no user"), "{line}");
}

#[test]
fn two_factor_login_is_turned_off_for_whom_it_is_on() {
    let place = Place::new();
    place.run(&["admin", "create", "--email", "root@souk.test"]).expect_success();
    for (email, said) in [("root@souk.test", "off already"), ("nobody@souk.test", "no user")] {
        let line = place.run(&["admin", "reset-two-factor", "--email", email]).expect_failure(1);
        assert!(line.contains(said), "{line}");
    }
}

#[test]
fn a_password_is_made_where_none_is_given() {
    let made = Place::new().run(&["admin", "create", "--email", "root@souk.test"]).expect_success();
    let password = made.lines().find_map(|line| line.strip_prefix("Password: "));
    assert!(password.is_some_and(|password| password.len() == 20), "{made}");
}

#[test]
fn a_password_that_is_none_is_refused() {
    let place = Place::new();
    let create = ["admin", "create", "--email", "root@souk.test", "--password-stdin"];
    for password in ["", "\n", "short\n", &"x".repeat(2_000)] {
        let line = place.run_with_input(&create, password).expect_failure(1);
        assert!(line.contains("password"), "{line}");
    }
    assert!(!place.database().exists(), "nothing was touched");
}

#[test]
fn the_configuration_shows_its_sources_and_no_secrets() {
    let place = Place::new();
    std::fs::write(place.path().join("souk.toml"), "currency = \"EUR\"\n").unwrap();
    let mut command = place.souk(&["config", "--log", "warn"]);
    let output = command.env("SOUK_SMTP_URL", "smtp://me:s3cret@mail:587").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let line = |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
    assert!(line("currency").contains("EUR") && line("currency").ends_with("# souk.toml:1"), "{shown}");
    assert!(line("smtp.url").contains("smtp://me:***@mail:587"), "{shown}");
    assert!(line("smtp.url").ends_with("# SOUK_SMTP_URL") && line("log ").ends_with("# --log"), "{shown}");
    assert!(line("listen").ends_with("# default"), "{shown}");
}

#[test]
fn there_are_no_jobs_at_first() {
    let place = Place::new();
    let listed = place.run(&["jobs"]).expect_success();
    assert_eq!(listed, "0 waiting (0 of them due), 0 running, 0 failed.\n");
    let line = place.run(&["jobs", "retry", "job_0000000000001"]).expect_failure(1);
    assert!(line.contains("job_0000000000001"), "{line}");
}

#[test]
fn a_taxonomy_is_imported_once() {
    let place = Place::new();
    let file = place.path().join("taxonomy.txt");
    std::fs::write(&file, "# Version 1\n1 - Home\n2 - Home > Pots\n").unwrap();
    let import = ["import", "taxonomy", "taxonomy.txt"];
    let tried = place.run(&["import", "taxonomy", "taxonomy.txt", "--dry-run"]).expect_success();
    assert!(tried.contains("Read 2 lines: 2 categories to be made, 0 were there, 0 errors."), "{tried}");
    let made = place.run(&import).expect_success();
    assert!(made.contains("2 categories made, 0 were there"), "{made}");
    std::fs::write(&file, "Home\nHome > Pots\nHome > > Bulbs\n").unwrap();
    let again = place.run(&import);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.stdout.contains("line 3: the name `` must not be empty"), "{again:?}");
    assert!(again.stdout.contains("0 categories made, 2 were there, 1 errors."), "{again:?}");
    place.run(&["doctor"]).expect_success();
}
