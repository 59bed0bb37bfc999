//! Scenario keys as flags: every key of the workload and of the platforms, by its own name with dashes.
//!
//! The keys and their help come from the rooms that read them, so a new key is a new flag.

use clap::{Arg, ArgMatches, Command, FromArgMatches};
use millicent::platform;
use millicent::scenario;
use millicent::settings::{Key, Origin, Section, Value};
use millicent::workload::Workload;

/// The settings that were typed as flags.
#[derive(Debug, Clone)]
pub(super) struct KeyFlags {
    pub(super) scenario: Section,
    pub(super) workload: Section,
    pub(super) option: Section,
}

/// Lays the books of `--prices` over a scenario's own.
pub(super) fn set_prices(settings: &mut Section, names: &[String]) {
    if !names.is_empty() {
        let at = Origin::Flag("prices".to_owned());
        let names = names.iter().map(|name| (Value::Text(name.clone()), at.clone())).collect();
        settings.set("prices", Value::List(names), at);
    }
}

/// Keys of `[workload]` that also exist in options: the flag means the workload's.
fn option_keys() -> Vec<(Key, Vec<&'static str>)> {
    let mut keys: Vec<(Key, Vec<&'static str>)> = Vec::new();
    for platform in platform::ALL {
        for key in platform.keys {
            if Workload::KEYS.iter().any(|known| known.name == key.name) {
                continue;
            }
            match keys.iter_mut().find(|(known, _)| known.name == key.name) {
                Some((_, platforms)) => platforms.push(platform.name),
                None => keys.push((*key, vec![platform.name])),
            }
        }
    }
    keys
}

fn flag(key: &Key, heading: String) -> Arg {
    Arg::new(key.name).long(key.name.replace('_', "-")).value_name(key.value).help(key.help).help_heading(heading)
}

impl clap::Args for KeyFlags {
    fn augment_args(command: Command) -> Command {
        let own = scenario::KEYS.iter().map(|key| flag(key, "Scenario".to_owned()));
        let workload = Workload::KEYS.iter().map(|key| flag(key, "Workload".to_owned()));
        let option = option_keys().into_iter().map(|(key, platforms)| flag(&key, format!("Options of {}", platforms.join(", "))));
        command.args(own).args(workload).args(option)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for KeyFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let section = |name: &str, keys: &mut dyn Iterator<Item = Key>| {
            let mut section = Section::new(name, Origin::Flag(name.to_owned()));
            for key in keys {
                if let Some(text) = matches.get_one::<String>(key.name) {
                    section.set(key.name, Value::Text(text.clone()), Origin::Flag(key.name.replace('_', "-")));
                }
            }
            section
        };
        Ok(Self {
            scenario: section("scenario", &mut scenario::KEYS.iter().copied()),
            workload: section("workload", &mut Workload::KEYS.iter().copied()),
            option: section("option", &mut option_keys().into_iter().map(|(key, _)| key)),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
