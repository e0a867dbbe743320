//! A fresh database for each test, on the engine that the run is for.

use db::{Config, Db};
use tempfile::TempDir;

/// A database that lives as long as its test.
pub struct TestDatabase {
    /// Its address.
    pub url: String,
    schema: Option<(String, String)>,
}

impl TestDatabase {
    /// Makes an empty one; `dir` is the test's own folder.
    pub async fn create(dir: &TempDir) -> Self {
        match std::env::var("SOUK_TEST_DB").as_deref() {
            Ok("postgres") => {
                let server = std::env::var("SOUK_TEST_POSTGRES_URL")
                    .expect("SOUK_TEST_DB=postgres needs SOUK_TEST_POSTGRES_URL");
                let schema = format!("test_{:016x}", rand::random::<u64>());
                run(&server, &format!("CREATE SCHEMA {schema}")).await;
                let separator = if server.contains('?') { '&' } else { '?' };
                let url = format!("{server}{separator}options=-csearch_path%3D{schema}");
                Self { url, schema: Some((server, schema)) }
            }
            Ok("sqlite") | Err(_) => {
                Self { url: format!("sqlite://{}", dir.path().join("souk.db").display()), schema: None }
            }
            Ok(other) => panic!("SOUK_TEST_DB is `sqlite` or `postgres`, not `{other}`"),
        }
    }

    pub(crate) async fn open(&self) -> Db {
        let db = Db::open(&Config::new(&self.url)).await.expect("the test's database opens");
        db.migrate(marketplace::MIGRATIONS).await.expect("the migrations run");
        db
    }

    /// Drops what a test left on the server.
    pub async fn drop(self) {
        if let Some((server, schema)) = self.schema {
            run(&server, &format!("DROP SCHEMA {schema} CASCADE")).await;
        }
    }
}

async fn run(server: &str, statement: &str) {
    let (client, connection) =
        tokio_postgres::connect(server, tokio_postgres::NoTls).await.expect("the test server answers");
    let driver = tokio::spawn(connection);
    client.batch_execute(statement).await.expect("the statement runs");
    drop(client);
    let _ = driver.await;
}
