//! What is laid over a scenario file, as it was typed: for who keeps both and reads them again elsewhere.

use serde::{Deserialize, Serialize};

use crate::compare::line_up;
use crate::scenario::Flags;
use crate::settings::{Origin, Section, Value};

/// Flags as texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlay {
    /// Keys of the scenario itself, with their values.
    pub scenario: Vec<(String, String)>,
    /// Keys of the workload.
    pub workload: Vec<(String, String)>,
    /// Keys of the options.
    pub option: Vec<(String, String)>,
    /// Platforms, one option each.
    pub platforms: Vec<String>,
}

impl Overlay {
    /// What these flags say.
    #[must_use]
    pub fn of(flags: &Flags) -> Self {
        let [scenario, workload, option] = [&flags.scenario, &flags.workload, &flags.option].map(texts);
        Self { scenario, workload, option, platforms: flags.platforms.clone() }
    }

    /// Whether nothing is laid over.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As it is typed: "--requests 70M/month".
    #[must_use]
    pub fn typed(&self) -> Vec<String> {
        let keys = self.scenario.iter().chain(&self.workload).chain(&self.option);
        let keys = keys.map(|(key, value)| format!("--{} {value}", dashed(key)));
        keys.chain(self.platforms.iter().map(|platform| format!("--platform {platform}"))).collect()
    }

    /// The flags, over the usual candidates where no option and no platform is named.
    #[must_use]
    pub fn flags(&self) -> Flags {
        let section = |keys: &[(String, String)]| {
            let mut section = Section::new("flags", Origin::CommandLine);
            for (key, value) in keys {
                section.set(key.clone(), Value::Text(value.clone()), Origin::Flag(dashed(key)));
            }
            section
        };
        let [scenario, workload, option] = [&self.scenario, &self.workload, &self.option].map(|keys| section(keys));
        Flags { scenario, workload, option, platforms: self.platforms.clone(), line_up }
    }
}

/// Every flag is text.
fn texts(section: &Section) -> Vec<(String, String)> {
    let mut section = section.clone();
    let keys: Vec<String> = section.keys().map(|(key, _)| key.to_owned()).collect();
    let text = |key: String| match section.take_named(&key)?.value {
        Value::Text(text) => Some((key, text)),
        _ => None,
    };
    keys.into_iter().filter_map(text).collect()
}

fn dashed(key: &str) -> String {
    key.replace('_', "-")
}
