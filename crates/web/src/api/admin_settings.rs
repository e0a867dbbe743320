//! The settings that admins change while the marketplace runs. Names, limits and descriptions come from the
//! domain's table.

use axum::extract::State;
use axum::http::StatusCode;
use deserr::{Deserr, IntoValue, ValuePointerRef};
use marketplace::Settings;
use marketplace::settings::{self, Changes, ENTRIES, Entry, Shape};
use serde::Serialize;
use serde_json::{Map, Value, json};
use types::{FieldErrors, Timestamp, UserId};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::extract::{Admin, Body, IfMatch};
use crate::problem::Result;
use crate::respond::{Json, Resource, check_if_match};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, change)).routes(routes!(definitions))
}

/// Every setting by its name.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct SettingsView(Map<String, Value>);

impl SettingsView {
    fn of(settings: &Settings) -> Self {
        Self(ENTRIES.iter().map(|entry| (entry.name.to_owned(), entry.of(settings))).collect())
    }
}

impl utoipa::PartialSchema for SettingsView {
    fn schema() -> RefOr<Schema> {
        object(schema)
    }
}
impl ToSchema for SettingsView {
    fn name() -> std::borrow::Cow<'static, str> {
        "settings".into()
    }
}

/// What becomes of some settings.
#[derive(Debug, Clone)]
struct Wanted(Changes);

impl Deserr<FieldErrors> for Wanted {
    fn deserialize_from_value<V: IntoValue>(
        value: deserr::Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        match <Value as Deserr<FieldErrors>>::deserialize_from_value(value, location)? {
            Value::Object(object) => Changes::read(object).map(Self),
            _ => Err(FieldErrors::at(location, "wrong_type", "expected an object")),
        }
    }
}

impl utoipa::PartialSchema for Wanted {
    fn schema() -> RefOr<Schema> {
        object(|entry| schema(entry).schema_type(kinds(entry)))
    }
}
impl ToSchema for Wanted {
    fn name() -> std::borrow::Cow<'static, str> {
        "settings_changes".into()
    }
}

/// The object of all settings, each described by `describe`.
fn object(describe: fn(&Entry) -> ObjectBuilder) -> RefOr<Schema> {
    let builder = ENTRIES
        .iter()
        .fold(ObjectBuilder::new(), |builder, entry| builder.property(entry.name, describe(entry)));
    builder.examples([json!({"commission_bps": 850, "hold_days": 7})]).into()
}

fn schema(entry: &Entry) -> ObjectBuilder {
    let builder = ObjectBuilder::new().schema_type(kind(entry)).description(Some(description(entry)));
    match &entry.shape {
        Shape::Whole(range) | Shape::Days(range) => {
            builder.minimum(Some(*range.start())).maximum(Some(*range.end()))
        }
        Shape::Word(words) => builder.enum_values(Some(words.iter().copied())),
        Shape::Flag | Shape::Currency | Shape::Sender => builder,
    }
}

fn kind(entry: &Entry) -> Type {
    match entry.shape {
        Shape::Whole(_) | Shape::Days(_) => Type::Integer,
        Shape::Flag => Type::Boolean,
        Shape::Word(_) | Shape::Currency | Shape::Sender => Type::String,
    }
}

/// The kind of a value, or `null`, which returns to what is configured.
fn kinds(entry: &Entry) -> utoipa::openapi::schema::SchemaType {
    utoipa::openapi::schema::SchemaType::from_iter([kind(entry), Type::Null])
}

fn description(entry: &Entry) -> String {
    entry.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// One setting: what it means, what it may be, what it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = setting_definition)]
struct Definition {
    /// Its name.
    name: &'static str,
    /// What it means.
    description: String,
    /// `integer`, `boolean` or `string`.
    r#type: &'static str,
    /// The least number.
    minimum: Option<i64>,
    /// The greatest number.
    maximum: Option<i64>,
    /// The words that are allowed, where only some are.
    allowed: Option<Vec<&'static str>>,
    /// What was configured: it holds when nothing else is set.
    configured: Value,
    /// What holds.
    value: Value,
    /// When an admin set it; `null` where the configured value holds.
    changed_at: Option<Timestamp>,
    /// Which admin.
    changed_by: Option<UserId>,
}

/// The settings that admins can change, with the values that hold now.
#[utoipa::path(get, path = "/v1/admin/settings", tag = "admin", security(("bearer" = [])),
    responses((status = 200, body = SettingsView), (status = 403, description = "`forbidden`")))]
async fn show(State(app): State<App>, _admin: Admin) -> Result<Resource<SettingsView>> {
    let mut conn = app.read().await?;
    Ok(Resource(SettingsView::of(&settings::current(&mut conn, app.market()).await?)))
}

/// Change settings. What is absent stays, `null` returns to the configured value. They hold at once, on every
/// node within a second.
#[utoipa::path(put, path = "/v1/admin/settings", tag = "admin", security(("bearer" = [])),
    request_body = Wanted,
    responses((status = 200, body = SettingsView), (status = 403, description = "`forbidden`"),
        (status = 409, description = "`currency_is_fixed`"),
        (status = 412, description = "`precondition_failed`")))]
async fn change(
    State(app): State<App>,
    Admin(admin): Admin,
    if_match: IfMatch,
    body: Body<Wanted>,
) -> Result<Resource<SettingsView>> {
    let Wanted(changes) = body.parse()?;
    let view = app
        .write(async move |tx, market| {
            let before = settings::open(tx, market).await?;
            check_if_match(if_match.0.as_deref(), &SettingsView::of(&before.1))?;
            market.journal.about("settings");
            let after = settings::change(tx, market, before, &changes, admin.user).await?;
            Ok(SettingsView::of(&after))
        })
        .await?;
    Ok(Resource(view))
}

/// Every setting with its meaning, its limits, what was configured and what holds.
#[utoipa::path(get, path = "/v1/admin/settings/definitions", tag = "admin", security(("bearer" = [])),
    responses((status = 200, body = Vec<Definition>), (status = 403, description = "`forbidden`")))]
async fn definitions(State(app): State<App>, _admin: Admin) -> Result<Json<Vec<Definition>>> {
    let mut conn = app.read().await?;
    let changed = settings::changed(&mut conn).await?;
    let current = settings::current(&mut conn, app.market()).await?;
    let configured = app.market().settings.configured();
    let definition = |entry: &'static Entry| {
        let set = changed.iter().find(|changed| changed.name == entry.name);
        let (minimum, maximum) = match &entry.shape {
            Shape::Whole(range) | Shape::Days(range) => (Some(*range.start()), Some(*range.end())),
            _ => (None, None),
        };
        Definition {
            name: entry.name,
            description: description(entry),
            r#type: match kind(entry) {
                Type::Integer => "integer",
                Type::Boolean => "boolean",
                _ => "string",
            },
            minimum,
            maximum,
            allowed: match &entry.shape {
                Shape::Word(words) => Some(words.to_vec()),
                _ => None,
            },
            configured: entry.of(configured),
            value: entry.of(&current),
            changed_at: set.map(|changed| changed.at),
            changed_by: set.and_then(|changed| changed.by),
        }
    };
    Ok(Json(StatusCode::OK, ENTRIES.iter().map(definition).collect()))
}
