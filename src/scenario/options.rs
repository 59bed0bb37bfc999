//! The options of a scenario as sections: from the file, from `--platform`, or the usual ones.

use super::Flags;
use super::regions::StatedRegions;
use crate::price_book::PriceBook;
use crate::settings::{Origin, Section, SettingError, Value};
use crate::workload::Workload;

/// Where settings of one platform flag come from.
const PLATFORM: &str = "platform";

/// The place of a setting that no flag for all options changes.
pub(super) fn stated_at() -> Origin {
    Origin::Flag(PLATFORM.to_owned())
}

/// The options of the file, or one for each platform flag, or the line-up.
pub(super) fn option_sections(
    file: &mut Section,
    flags: &Flags,
    workloads: &[Workload],
    regions: &StatedRegions,
    book: &PriceBook,
) -> Result<Vec<Section>, SettingError> {
    let sections = file.tables("option")?;
    match (sections.is_empty(), flags.platforms.is_empty()) {
        (true, true) => {
            let usual = (flags.line_up)(workloads).iter();
            usual.filter(|text| regions.allow(text, book)).map(|text| section_of(text, file.at())).collect()
        }
        (true, false) => flags.platforms.iter().map(|text| section_of(text, file.at())).collect(),
        (false, true) => Ok(sections),
        (false, false) => Err(SettingError::other(&stated_at(), "the scenario lists its options already; leave the flag out")),
    }
}

/// "ec2,instance=m7g.large" as the settings of an option.
fn section_of(text: &str, at: &Origin) -> Result<Section, SettingError> {
    let flag = stated_at();
    let mut parts = text.split(',');
    let mut section = Section::new("the option", at.clone());
    section.set(PLATFORM, Value::Text(parts.next().unwrap_or_default().trim().to_owned()), flag.clone());
    for part in parts {
        let Some((key, value)) = part.split_once('=') else {
            return Err(SettingError::other(
                &flag,
                format!("{part:?} is not KEY=VALUE (write for example ec2,instance=m7g.large)"),
            ));
        };
        section.set(key.trim().replace('-', "_"), Value::Text(value.trim().to_owned()), flag.clone());
    }
    Ok(section)
}

/// Lays flags for all options over one; what was said of this platform alone stays.
pub(super) fn lay_flags_over(section: &mut Section, flags: &Section) {
    let own = stated_at();
    let stated: Vec<String> = section.keys().filter(|(_, at)| **at == own).map(|(key, _)| key.to_owned()).collect();
    let mut flags = flags.clone();
    for key in stated {
        flags.take_named(&key);
    }
    section.lay_over(&flags);
}
