//! GPUs by name: one list, which machine types and price rows of every provider keep to.

use super::Workload;
use crate::settings::{Found, Section, SettingError};

/// Every name: `any` and `a100` are more than one model.
const NAMES: [&str; 13] =
    ["any", "t4", "l4", "a10", "a10g", "l40s", "a100", "a100_40gb", "a100_80gb", "h100", "h200", "b200", "rtx_pro_6000"];

/// Reads `gpu`; case, and dash against underscore, do not count.
pub(super) fn read_gpu(section: &mut Section) -> Result<Option<Found<String>>, SettingError> {
    let Some(Found { value, at }) = section.text("gpu")? else { return Ok(None) };
    let name = value.to_lowercase().replace(['-', ' '], "_");
    if NAMES.contains(&name.as_str()) {
        return Ok(Some(Found { value: name, at }));
    }
    Err(SettingError::unknown_choice(&at, "GPU", &value, NAMES.map(str::to_owned).to_vec()))
}

impl Workload {
    /// Whether the GPU it needs may be of this model: `a100` is either size of it.
    #[must_use]
    pub fn runs_on_gpu(&self, model: &str) -> bool {
        match self.gpu.as_deref() {
            Some("any") => !model.is_empty(),
            Some("a100") => model.starts_with("a100"),
            needed => needed == Some(model),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use crate::settings::{Origin, Value};
    use crate::usage::Provider;

    fn read(name: &str) -> Result<String, String> {
        let mut section = Section::new("[workload]", Origin::CommandLine);
        section.set("gpu", Value::Text(name.to_owned()), Origin::CommandLine);
        read_gpu(&mut section).map(|found| found.unwrap().value).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_gpu_has_one_name_however_it_is_written() {
        for (typed, name) in [("T4", "t4"), ("A100-80GB", "a100_80gb"), ("RTX PRO 6000", "rtx_pro_6000"), ("Any", "any")] {
            assert_eq!(read(typed).unwrap(), name);
        }
        assert!(read("a100-40").unwrap_err().contains("did you mean `a100_40gb`?"), "{:?}", read("a100-40"));
        assert!(read("v100").unwrap_err().contains("is not a known GPU"));
    }

    #[test]
    fn every_machine_with_a_gpu_keeps_to_the_list() {
        for machine in Provider::ALL.iter().flat_map(|provider| Machine::all(*provider)).filter(|machine| !machine.gpus.is_zero())
        {
            assert!(NAMES.contains(&machine.gpu.as_str()), "{}: {}", machine.name, machine.gpu);
        }
    }
}
