//! Where operations note what they change, for the entry that is written at the end of the transaction.

use std::fmt::Display;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Act;

/// The most fields of which a change is kept.
const MOST_FIELDS: usize = 50;

/// The longest text or structure that is kept whole, in bytes of JSON.
const LONGEST: usize = 300;

/// The notes of one act; nothing is noted where nobody acts. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Journal(Option<Arc<Mutex<Notes>>>);

#[derive(Debug)]
struct Notes {
    act: Option<Act>,
    subject: Option<String>,
    before: Map<String, Value>,
    after: Map<String, Value>,
}

/// What was noted.
pub(super) struct Noted {
    pub(super) subject: Option<String>,
    /// JSON: `{"before": {…}, "after": {…}}`.
    pub(super) changes: String,
}

impl Journal {
    pub(crate) fn of(act: Act) -> Self {
        let notes = Notes { act: Some(act), subject: None, before: Map::new(), after: Map::new() };
        Self(Some(Arc::new(Mutex::new(notes))))
    }

    /// Says what the act is done to: what is new has an identifier only now.
    pub fn about(&self, subject: impl Display) {
        self.note(|notes| notes.subject = Some(subject.to_string()));
    }

    /// Says what the act has made, where nothing else is known that it is done to.
    pub fn about_new(&self, subject: impl FnOnce() -> Option<String>) {
        self.note(|notes| {
            let is_known = notes.act.as_ref().is_none_or(|act| act.subject.is_some());
            if !is_known && notes.subject.is_none() {
                notes.subject = subject();
            }
        });
    }

    /// Notes one value before and after; the same value is no change.
    pub fn changed<T: Serialize>(&self, field: &str, before: &T, after: &T) {
        self.note(|notes| notes.add(field, value(before), value(after)));
    }

    /// Notes each field of two structures that differs. Neither secrets nor personal data belong into them.
    pub fn compared<T: Serialize>(&self, before: &T, after: &T) {
        self.note(|notes| {
            let (Value::Object(mut before), Value::Object(after)) = (value(before), value(after)) else {
                return;
            };
            for (field, after) in after {
                let before = before.remove(&field).unwrap_or_default();
                // What follows from any change says nothing.
                if field != "updated_at" {
                    notes.add(&field, before, after);
                }
            }
        });
    }

    /// Notes that a field changed that is nobody's business.
    pub fn changed_unseen<T: PartialEq>(&self, field: &str, before: &T, after: &T) {
        if before != after {
            self.note(|notes| notes.add(field, json!("…"), json!("… (changed)")));
        }
    }

    /// Notes a value that came with the act, such as a reason or an amount.
    pub fn with<T: Serialize>(&self, field: &str, with: &T) {
        self.note(|notes| notes.add(field, Value::Null, value(with)));
    }

    /// Nothing happened: an answer was repeated. No entry is written.
    pub fn drop_act(&self) {
        self.note(|notes| notes.act = None);
    }

    /// The act and what was noted, once; nothing where nobody acts.
    pub(super) fn close(&self) -> Option<(Act, Noted)> {
        let mut notes = self.0.as_ref()?.lock();
        let act = notes.act.take()?;
        let (before, after) = (std::mem::take(&mut notes.before), std::mem::take(&mut notes.after));
        let changes = match (before.is_empty(), after.is_empty()) {
            (true, true) => json!({}),
            (true, false) => json!({"after": after}),
            _ => json!({"before": before, "after": after}),
        };
        Some((act, Noted { subject: notes.subject.take(), changes: changes.to_string() }))
    }

    fn note(&self, note: impl FnOnce(&mut Notes)) {
        if let Some(notes) = &self.0 {
            note(&mut notes.lock());
        }
    }
}

impl Notes {
    fn add(&mut self, field: &str, before: Value, after: Value) {
        if before == after || self.after.len() >= MOST_FIELDS {
            return;
        }
        if !before.is_null() && !self.after.contains_key(field) {
            self.before.insert(field.to_owned(), shortened(before));
        }
        self.after.insert(field.to_owned(), shortened(after));
    }
}

fn value<T: Serialize>(value: &T) -> Value {
    // Domain values always serialise.
    serde_json::to_value(value).unwrap_or_default()
}

/// The value, or its beginning.
fn shortened(value: Value) -> Value {
    match value {
        Value::String(text) if text.len() > LONGEST => {
            let end = text.floor_char_boundary(LONGEST);
            json!(format!("{}… ({} bytes)", &text[..end], text.len()))
        }
        Value::Array(_) | Value::Object(_) => {
            let text = value.to_string();
            if text.len() > LONGEST { json!(format!("… ({} bytes of JSON)", text.len())) } else { value }
        }
        short => short,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Act;
    use super::*;

    fn journal() -> Journal {
        Journal::of(Act::on_command_line("test"))
    }

    #[test]
    fn only_what_differs_is_kept_and_long_texts_are_cut() {
        let journal = journal();
        journal.compared(
            &json!({"a": 1, "b": 2, "text": "é".repeat(500), "updated_at": 1}),
            &json!({"a": 1, "b": 3, "text": null, "updated_at": 2}),
        );
        journal.changed_unseen("tax_number", &1, &2);
        let (_, noted) = journal.close().unwrap();
        let noted: Value = serde_json::from_str(&noted.changes).unwrap();
        assert_eq!(noted["before"]["b"], 2);
        assert_eq!(noted["after"], json!({"b": 3, "text": null, "tax_number": "… (changed)"}));
        assert_eq!(noted["before"]["text"], format!("{}… (1000 bytes)", "é".repeat(150)));
        assert!(journal.close().is_none());
    }

    #[test]
    fn what_did_not_happen_is_not_written() {
        let journal = journal();
        journal.drop_act();
        assert!(journal.close().is_none());
        assert!(Journal::default().close().is_none());
    }
}
