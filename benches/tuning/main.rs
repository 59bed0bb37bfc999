//! Tuners compared on recorded functions, in dollars, calls, seconds and regret: `cargo bench --bench tuning`.
//!
//! Everything it needs is in this repository. With `MILLICENT_RECORDED` set to a folder of recordings, the single calls there are
//! replayed instead of summary figures. What can be asked for is in `options.rs`; the method is in the study that
//! `-- --study reports/tuning-efficiency` writes.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads files, its arguments and the clock")]

mod check;
mod contest;
mod figure;
mod options;
mod study;
mod table;

use std::fs::File;
use std::path::Path;
use std::process::ExitCode;

use flate2::read::GzDecoder;

use self::contest::contestants::{Contestant, all};
use self::contest::course::course;
use self::contest::recording::{Recording, Set, summaries};
use self::contest::replay::{Replay, Scenario};
use self::options::Options;
use self::study::Study;

fn main() -> ExitCode {
    let ran = Options::of(std::env::args().skip(1)).and_then(|options| options.map_or(Ok(()), |options| run(&options)));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let recordings = recordings()?;
    if let Some(folder) = &options.study {
        let both = functions(&recordings, &[Set::A, Set::B], options);
        let killed = functions(&recordings, &[Set::OutOfMemory], options);
        return Study::run(&both, &killed, options.seeds).write(folder);
    }
    if options.check {
        return check(&recordings, options);
    }
    let contestants: Vec<Contestant> = all().into_iter().filter(|one| one.name().contains(&options.contestant)).collect();
    for scenario in &options.scenarios {
        // Recorded out-of-memory calls have no first calls of their own: one scenario says it all.
        let is_cold = *scenario == Scenario::FirstCallsCold;
        let sets: [&[Set]; 2] = [&[Set::A, Set::B], if is_cold { &[] } else { &[Set::OutOfMemory] }];
        for sets in sets {
            let functions = functions(&recordings, sets, options);
            if !functions.is_empty() {
                show(&contestants, &functions, *scenario, options);
            }
        }
    }
    Ok(())
}

/// The wanted functions of these sets.
fn functions(recordings: &[Recording], sets: &[Set], options: &Options) -> Vec<Replay> {
    let wanted = |set: &Set| sets.contains(set) && options.sets.contains(set);
    let named = recordings.iter().filter(|recording| recording.full_name().contains(&options.function));
    let members = named.flat_map(|recording| recording.sets().into_iter().filter(wanted).map(|set| Replay::new(recording, set)));
    let mut functions: Vec<Replay> = members.collect();
    functions.sort_by_key(|function| function.set);
    functions
}

fn show(contestants: &[Contestant], functions: &[Replay], scenario: Scenario, options: &Options) {
    let ran = course(contestants, functions, scenario, options.seeds);
    if options.per_function {
        print!("{}", table::per_function(&ran));
        return;
    }
    println!("\n{} functions, {} seeds, scenario {}\n", functions.len(), options.seeds, scenario.name());
    println!("{}", table::scores(&ran, |_| true));
    let mut sets: Vec<Set> = functions.iter().map(|function| function.set).collect();
    sets.dedup();
    for set in sets.iter().filter(|_| 1 < sets.len()) {
        println!("Set {}\n\n{}", set.name(), table::scores(&ran, |scored| scored.function.set == *set));
    }
    println!("Calls; dollars; regret mean / p95; bound holds\n\n{}", table::by_part(&ran));
    println!("Expected regret / true regret in percent, with fee\n\n{}", table::calibration(&ran));
    println!("{}", table::choosing(&ran));
}

/// Own figures beside those that come with the recordings.
fn check(recordings: &[Recording], options: &Options) -> Result<(), String> {
    let functions = functions(recordings, &[Set::A, Set::B], options);
    let problem = |problem: csv::Error| format!("{FOLDER}: {problem}");
    print!("{}", check::truth(&functions, open("replay_truth.csv")?).map_err(problem)?);
    println!("Own figures, and in brackets the reference's\n");
    print!("{}", check::baseline(&functions, open("baseline.csv")?, options.seeds).map_err(problem)?);
    Ok(())
}

/// The variable that names a folder of recordings.
const FOLDER: &str = "MILLICENT_RECORDED";

fn open(name: &str) -> Result<File, String> {
    let folder = std::env::var_os(FOLDER).ok_or(format!("{FOLDER} is not set (it names a folder of recordings)"))?;
    let path = Path::new(&folder).join(name);
    File::open(&path).map_err(|problem| format!("{FOLDER}: {}: {problem}", path.display()))
}

/// From the folder that the environment names, or from this repository.
fn recordings() -> Result<Vec<Recording>, String> {
    if std::env::var_os(FOLDER).is_none() {
        return Ok(summaries());
    }
    let (means, calls) = (GzDecoder::new(open("replay_means.csv.gz")?), GzDecoder::new(open("replay_raw.csv.gz")?));
    contest::calls::recordings(means, calls, open("replay_failures.csv")?).map_err(|problem| format!("{FOLDER}: {problem}"))
}
