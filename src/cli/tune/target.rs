//! What is tuned: a function on AWS, recorded calls, or a simulated function.

use std::time::Duration;

use millicent::platform::Architecture;
use millicent::tune::simulated::{Function, Recorded, SIMULATIONS, Simulation};
use millicent::units::MemoryMb;

use super::super::WrongInput;
use super::super::files::read_text;

/// What is tuned.
pub(super) enum Target {
    /// A function that is not there.
    Virtual(Box<VirtualFunction>),
    /// A function on AWS, as it was typed.
    Aws(String),
}

/// A function that is not there.
pub(super) struct VirtualFunction {
    /// As it is called in the output.
    pub(super) name: String,
    /// What calls take.
    pub(super) function: Box<dyn Function>,
    /// Its size now.
    pub(super) memory: MemoryMb,
    /// How long it may run.
    pub(super) timeout: Duration,
    /// Its processor.
    pub(super) architecture: Architecture,
    /// The only sizes there are; none where any size can be had.
    pub(super) offered: Vec<MemoryMb>,
    /// The weights of its classes of payloads; empty where those of the flags count.
    pub(super) class_weights: Vec<f64>,
    /// What to know of it beforehand.
    pub(super) note: Option<String>,
}

impl Target {
    /// Reads what was typed.
    pub(super) fn of(typed: &str, seed: u64) -> Result<Self, WrongInput> {
        if let Some(name) = typed.strip_prefix("sim:") {
            return simulated(name, seed).map(Box::new).map(Self::Virtual);
        }
        if let Some(file) = typed.strip_prefix("replay:") {
            return recorded(file).map(Box::new).map(Self::Virtual);
        }
        Ok(Self::Aws(typed.to_owned()))
    }
}

fn simulated(name: &str, seed: u64) -> Result<VirtualFunction, WrongInput> {
    let Some((name, _, memory, formula)) = SIMULATIONS.iter().find(|(known, ..)| *known == name) else {
        let known: Vec<String> = SIMULATIONS.iter().map(|(name, about, ..)| format!("  sim:{name}  {about}")).collect();
        return Err(WrongInput(format!("there is no simulated function {name:?}; there are\n{}", known.join("\n"))));
    };
    Ok(VirtualFunction {
        name: format!("sim:{name}"),
        function: Box::new(Simulation::new(*formula, seed)),
        memory: MemoryMb::new(*memory),
        timeout: Duration::from_secs_f64(formula.timeout_ms / 1000.0),
        architecture: Architecture::X86,
        offered: Vec::new(),
        class_weights: Vec::new(),
        note: None,
    })
}

/// "FILE.csv" or "FILE.csv#FUNCTION".
fn recorded(typed: &str) -> Result<VirtualFunction, WrongInput> {
    let (file, chosen) = typed.rsplit_once('#').map_or((typed, None), |(file, function)| (file, Some(function)));
    let wrong = |problem: String| WrongInput(format!("replay:{file}: {problem}"));
    let text = read_text(file.as_ref()).map_err(wrong)?;
    let recorded = Recorded::read(text.as_bytes(), chosen).map_err(|problem| wrong(problem.to_string()))?;
    let offered = recorded.sizes();
    let least = offered.first().copied().unwrap_or(MemoryMb::new(128));
    let note = recorded
        .current()
        .is_none()
        .then(|| format!("the recording does not say which size is in use; {least}, its smallest, is taken for it"));
    let (architecture, timeout) = (recorded.architecture(), Duration::from_secs(900));
    let name = recorded.name().trim_end_matches(&format!("/{}", architecture.name())).to_owned();
    Ok(VirtualFunction {
        name: if name.is_empty() { file.to_owned() } else { name },
        memory: recorded.current().unwrap_or(least),
        // Equal shares of one class are what any recording without classes has.
        class_weights: Some(recorded.class_weights()).filter(|weights| weights.len() > 1).unwrap_or_default(),
        function: Box::new(recorded),
        timeout,
        architecture,
        offered,
        note,
    })
}
