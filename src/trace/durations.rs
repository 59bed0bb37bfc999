//! The table beside the counts of Azure Functions 2019 that says how long functions took.
//!
//! It is as long as there are functions, and so is what is kept of it.

use std::io::BufRead;

use rustc_hash::FxHashMap;

use super::TraceError;
use super::lines::Lines;
use crate::stats::DurationSampler;

/// The columns that together name a function, as in the counts.
const NAME: [&str; 3] = ["hashowner", "hashapp", "hashfunction"];

/// The shares and the columns of their percentiles.
const PERCENTILES: [(f64, &str); 7] = [
    (0.0, "percentile_average_0"),
    (0.01, "percentile_average_1"),
    (0.25, "percentile_average_25"),
    (0.5, "percentile_average_50"),
    (0.75, "percentile_average_75"),
    (0.99, "percentile_average_99"),
    (1.0, "percentile_average_100"),
];

const EXPECTED: &str =
    "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,…,percentile_Average_100";

const MILLISECONDS_PER_S: f64 = 1000.0;

/// Durations of functions by their percentiles, without their cold starts.
///
/// The percentiles are of the means of 30-second spans, so single calls are spread wider than they say. Of two lines of one
/// function the later holds.
#[derive(Debug, Clone, PartialEq)]
pub struct DurationTable {
    seconds_by_name: FxHashMap<Box<[u8]>, [f64; PERCENTILES.len()]>,
}

impl DurationTable {
    /// Reads `HashOwner,HashApp,HashFunction,…,percentile_Average_0,…` in milliseconds; `file` is for messages.
    ///
    /// ```
    /// # use millicent::trace::DurationTable;
    /// let header = "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,percentile_Average_1,\
    ///     percentile_Average_25,percentile_Average_50,percentile_Average_75,percentile_Average_99,percentile_Average_100";
    /// let file = format!("{header}\no1,a1,f1,20,9,5,80,5,5,10,20,30,70,80\n");
    /// let table = DurationTable::read(file.as_bytes(), "durations.csv")?;
    /// // 0.01·5 + 0.24·7.5 + 0.25·15 + 0.25·25 + 0.24·50 + 0.01·75 ms.
    /// assert!((table.sampler("o1/a1/f1").unwrap().mean_s() - 0.0246).abs() < 1e-12);
    /// assert!(table.sampler("o1/a1/f2").is_none());
    /// # Ok::<(), millicent::trace::TraceError>(())
    /// ```
    ///
    /// # Errors
    /// When it is no such table, or a line of it is malformed.
    pub fn read<R: BufRead>(source: R, file: &str) -> Result<Self, TraceError> {
        let mut lines = Lines::new(source, file);
        if !lines.advance()? {
            return Err(TraceError::Empty { file: lines.file });
        }
        let names = lines.names();
        let place = |name: &str| names.iter().position(|written| written == name);
        let name = NAME.iter().map(|name| place(name)).collect::<Option<Vec<usize>>>();
        let percentiles = PERCENTILES.iter().map(|(_, name)| place(name)).collect::<Option<Vec<usize>>>();
        let (Some(name), Some(percentiles)) = (name, percentiles) else {
            return Err(TraceError::Header { file: lines.file.clone(), header: lines.shown(), expected: EXPECTED });
        };
        let mut seconds_by_name = FxHashMap::default();
        while lines.advance()? {
            lines.expect_columns(names.len())?;
            let name: Vec<&[u8]> = name.iter().map(|place| lines.field(*place)).collect();
            seconds_by_name.insert(name.join(&b'/').into(), read_percentiles(&lines, &percentiles)?);
        }
        if seconds_by_name.is_empty() { Err(TraceError::Empty { file: lines.file }) } else { Ok(Self { seconds_by_name }) }
    }

    /// What draws durations of a function, by the name that the counts have for it.
    #[must_use]
    pub fn sampler(&self, function: &str) -> Option<DurationSampler> {
        let seconds = self.seconds_by_name.get(function.as_bytes())?;
        let points: Vec<(f64, f64)> = PERCENTILES.iter().map(|(share, _)| *share).zip(seconds.iter().copied()).collect();
        DurationSampler::from_quantiles(&points)
    }
}

/// The percentiles of a line in seconds.
fn read_percentiles<R: BufRead>(lines: &Lines<R>, places: &[usize]) -> Result<[f64; PERCENTILES.len()], TraceError> {
    let mut seconds = [0.0; PERCENTILES.len()];
    let mut last_s = 0.0;
    for ((value_s, place), (_, column)) in seconds.iter_mut().zip(places).zip(PERCENTILES) {
        *value_s = lines.number(*place, column)? / MILLISECONDS_PER_S;
        if *value_s < last_s {
            return Err(lines.bad_value(*place, column, "percentiles start at zero or above and never fall"));
        }
        last_s = *value_s;
    }
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn durations(line: &str) -> Result<DurationTable, TraceError> {
        let quantiles = PERCENTILES.map(|(_, name)| name).join(",").replace("average", "Average");
        let text = format!("HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,{quantiles}\n{line}");
        DurationTable::read(text.as_bytes(), "d.csv")
    }

    #[test]
    fn durations_are_drawn_from_their_percentiles() {
        let table = durations("o,a,f,20,9,0,80,0,0,10,20,30,70,80\n").unwrap();
        let mean_s = table.sampler("o/a/f").unwrap().mean_s();
        // 0.24·5 + 0.25·15 + 0.25·25 + 0.24·50 + 0.01·75 ms.
        assert!((mean_s - 0.023_95).abs() < 1e-12, "{mean_s}");
    }

    #[test]
    fn a_malformed_table_says_where() {
        let error = |line: &str| durations(line).unwrap_err().to_string();
        assert!(error("o,a,f,20,9,0,80,0,0,10,20,15,70,80\n").contains("d.csv:2: `percentile_average_75` is \"15\""));
        assert!(error("o,a,f,20,9,0,80,0,0,10,nan,15,70,80\n").contains("`percentile_average_50` is \"nan\""));
        assert!(error("o,a,f,20,9,0,80,-1,0,10,20,30,70,80\n").contains("`percentile_average_0` is \"-1\""));
        assert!(error("o,a,f\n").contains("d.csv:2: 3 columns (the header has 14)"));
        assert!(error("").contains("empty"));
        assert!(matches!(DurationTable::read("a,b\n".as_bytes(), "d"), Err(TraceError::Header { .. })));
    }
}
