//! The development mailbox: mails that were kept instead of sent, because no SMTP server is configured.

use db::{Conn, Stmt, Tx, params};
use types::{Limit, MessageId, Page, Timestamp};

use super::Letter;
use super::compose::one_line;
use crate::{Market, Result};

/// The most mails that are kept: the oldest go first.
pub const MOST: i64 = 20_000;

/// A mail that was kept.
#[derive(Debug, Clone)]
pub struct KeptMail {
    /// Identifier; of a mail that was sent, its `X-Souk-Event`.
    pub id: MessageId,
    /// Who it is for, in lower case.
    pub recipient: String,
    /// Subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// When it would have been sent.
    pub sent_at: Timestamp,
}

db::from_row!(KeptMail { id, recipient, subject, text, html, sent_at });

pub(crate) const STATEMENTS: &[&Stmt] = &[&KEEP, &LIST, &LIST_TO, &FIND, &SWEEP];

static KEEP: Stmt = Stmt::new(
    "INSERT INTO mailbox (id, recipient, subject, text_body, html_body, sent_at)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (id) DO NOTHING",
);

/// Keeps a mail; one that was kept before is not doubled.
pub(super) async fn keep(market: &Market, letter: Letter) -> Result<()> {
    let now = market.now();
    let keep = async move |tx: &mut Tx| {
        let (recipient, subject) = (letter.to.key(), one_line(&letter.subject));
        let values = params![letter.id, recipient, subject, letter.text, letter.html, now];
        tx.exec(&KEEP, values).await?;
        Ok(())
    };
    market.db.write(keep).await
}

static LIST: Stmt = Stmt::new(
    "SELECT id, recipient, subject, text_body, html_body, sent_at FROM mailbox
     WHERE CAST($1 AS BIGINT) IS NULL OR id < $1
     ORDER BY id DESC LIMIT $2",
);

static LIST_TO: Stmt = Stmt::new(
    "SELECT id, recipient, subject, text_body, html_body, sent_at FROM mailbox
     WHERE recipient = $3 AND (CAST($1 AS BIGINT) IS NULL OR id < $1)
     ORDER BY id DESC LIMIT $2",
);

/// The mails to one address, or to all; the newest first.
pub async fn list(
    conn: &mut Conn,
    recipient: Option<&str>,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<KeptMail, i64>> {
    let rows = match recipient {
        Some(recipient) => {
            conn.all(&LIST_TO, params![after, limit.plus_one(), recipient.trim().to_lowercase()]).await?
        }
        None => conn.all(&LIST, params![after, limit.plus_one()]).await?,
    };
    Ok(Page::cut(rows, limit, |mail: &KeptMail| mail.id.as_i64()))
}

static FIND: Stmt =
    Stmt::new("SELECT id, recipient, subject, text_body, html_body, sent_at FROM mailbox WHERE id = $1");

/// One mail.
pub async fn find(conn: &mut Conn, id: MessageId) -> Result<Option<KeptMail>> {
    Ok(conn.opt(&FIND, params![id]).await?)
}

static SWEEP: Stmt =
    Stmt::new("DELETE FROM mailbox WHERE id <= (SELECT id FROM mailbox ORDER BY id DESC LIMIT 1 OFFSET $1)");

/// Drops the oldest mails, down to [`MOST`].
pub(crate) async fn sweep(tx: &mut Tx) -> Result<u64> {
    Ok(tx.exec(&SWEEP, params![MOST]).await?)
}
