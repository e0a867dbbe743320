//! The commented sample of `souk.toml`, made from the table.

use super::table::{Fallback, SETTINGS, Setting};

const HEAD: &str = "\
# Every setting of Souk with its default. Copy it to `souk.toml` in the folder that `souk` is started in
# (or name it with `--config` or SOUK_CONFIG), and uncomment what you change.
# The environment overrides the file, flags override the environment. Tables work as well as dots:
# `[smtp]` and below it `url = …` is `smtp.url`.
# This file is made by `souk config --sample`.
";

/// The text of the sample.
pub(crate) fn sample() -> String {
    SETTINGS.iter().fold(HEAD.to_owned(), |text, setting| text + &entry(setting))
}

fn entry(setting: &Setting) -> String {
    let doc = setting.doc.iter().fold(String::new(), |doc, line| doc + "#" + line + "\n");
    let value = match setting.default {
        Fallback::Text(text) => literal(text),
        Fallback::Derived(_) => "\"\"".to_owned(),
    };
    let derived = match setting.default {
        Fallback::Text(_) => String::new(),
        Fallback::Derived(from) => format!("# Default: {from}.\n"),
    };
    let (variable, flag, key) = (setting.variable(), setting.flag(), setting.written_key());
    format!("\n{doc}{derived}# {variable}, --{flag}\n#{key} = {value}\n")
}

/// A value as TOML writes it.
pub(super) fn literal(text: &str) -> String {
    if text.parse::<i64>().is_ok() { text.to_owned() } else { toml::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::{Effective, Inputs};
    use super::*;

    /// Made anew with `souk config --sample > souk.example.toml`.
    #[test]
    fn the_sample_in_the_repository_is_current() {
        assert_eq!(sample(), include_str!("../../../../souk.example.toml"));
    }

    #[test]
    fn the_sample_says_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("souk.toml");
        let uncommented: Vec<String> = sample()
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if !rest.starts_with(' ') => rest.to_owned(),
                _ => line.to_owned(),
            })
            .collect();
        std::fs::write(&path, uncommented.join("\n")).unwrap();
        let loaded = Effective::load(Inputs { file: Some(path), ..Inputs::default() }).unwrap();
        let defaults = Effective::load(Inputs::default()).unwrap();
        assert_eq!(format!("{:?}", loaded.config), format!("{:?}", defaults.config));
    }
}
