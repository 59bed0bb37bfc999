//! The two tables beside the counts of Azure Functions 2019: how long functions took, how much memory their apps used.
//!
//! They are as long as there are functions, and so is what is kept of them.

use std::io::BufRead;

use rustc_hash::FxHashMap;

use super::TraceError;
use super::lines::Lines;
use crate::stats::DurationSampler;

/// A table of quantiles by name.
#[derive(Debug, Clone)]
struct Quantiles<const N: usize> {
    by_name: FxHashMap<Box<[u8]>, [f64; N]>,
}

/// What a table is made of.
struct Kind<const N: usize> {
    /// The columns that together are the name.
    name: &'static [&'static str],
    /// The columns of the quantiles.
    quantiles: [&'static str; N],
    /// What is written, for one unit of what is kept.
    divisor: f64,
    expected: &'static str,
}

impl<const N: usize> Quantiles<N> {
    fn read<R: BufRead>(source: R, file: &str, kind: &Kind<N>) -> Result<Self, TraceError> {
        let mut lines = Lines::new(source, file);
        if !lines.advance()? {
            return Err(TraceError::Empty { file: lines.file });
        }
        let names = lines.names();
        let place = |name: &&str| names.iter().position(|written| written == name);
        let places = |wanted: &[&str]| wanted.iter().map(place).collect::<Option<Vec<usize>>>();
        let (Some(name), Some(quantiles)) = (places(kind.name), places(&kind.quantiles)) else {
            return Err(TraceError::Header { file: lines.file.clone(), header: lines.shown(), expected: kind.expected });
        };
        let mut by_name = FxHashMap::default();
        while lines.advance()? {
            lines.expect_columns(names.len())?;
            let mut values = [0.0; N];
            let mut last = 0.0;
            for ((value, place), column) in values.iter_mut().zip(&quantiles).zip(kind.quantiles) {
                *value = lines.number(*place, column)? / kind.divisor;
                if *value < last {
                    return Err(lines.bad_value(*place, column, "percentiles start at zero or above and never fall"));
                }
                last = *value;
            }
            let name: Vec<&[u8]> = name.iter().map(|place| lines.field(*place)).collect();
            by_name.insert(name.join(&b'/').into(), values);
        }
        if by_name.is_empty() { Err(TraceError::Empty { file: lines.file }) } else { Ok(Self { by_name }) }
    }
}

/// The shares of the percentiles of durations.
const DURATION_SHARES: [f64; 7] = [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0];

const DURATIONS: Kind<7> = Kind {
    name: &["hashowner", "hashapp", "hashfunction"],
    quantiles: [
        "percentile_average_0",
        "percentile_average_1",
        "percentile_average_25",
        "percentile_average_50",
        "percentile_average_75",
        "percentile_average_99",
        "percentile_average_100",
    ],
    divisor: 1000.0,
    expected: "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,…,percentile_Average_100",
};

/// Durations of functions by their percentiles, without their cold starts.
///
/// The percentiles are of the means of 30-second spans, so single calls are spread wider than they say. Of two lines of one
/// function the later holds.
#[derive(Debug, Clone)]
pub struct DurationTable(Quantiles<7>);

impl DurationTable {
    /// Reads `HashOwner,HashApp,HashFunction,…,percentile_Average_0,…` in milliseconds; `file` is for messages.
    ///
    /// ```
    /// # use millicent::trace::DurationTable;
    /// let header = "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,percentile_Average_1,\
    ///     percentile_Average_25,percentile_Average_50,percentile_Average_75,percentile_Average_99,percentile_Average_100";
    /// let file = format!("{header}\no1,a1,f1,20,9,5,80,5,5,10,20,30,70,80\n");
    /// let table = DurationTable::read(file.as_bytes(), "durations.csv")?;
    /// assert_eq!(table.quantiles("o1/a1/f1").unwrap()[3], (0.5, 0.02));
    /// assert!(table.sampler("o1/a1/f2").is_none());
    /// # Ok::<(), millicent::trace::TraceError>(())
    /// ```
    ///
    /// # Errors
    /// When it is no such table, or a line of it is malformed.
    pub fn read<R: BufRead>(source: R, file: &str) -> Result<Self, TraceError> {
        Quantiles::read(source, file, &DURATIONS).map(Self)
    }

    /// (share, seconds) of a function, by the name that the counts have for it.
    #[must_use]
    pub fn quantiles(&self, function: &str) -> Option<[(f64, f64); 7]> {
        let values = self.0.by_name.get(function.as_bytes())?;
        Some(std::array::from_fn(|index| (DURATION_SHARES[index], values[index])))
    }

    /// What draws durations of a function.
    #[must_use]
    pub fn sampler(&self, function: &str) -> Option<DurationSampler> {
        DurationSampler::from_quantiles(&self.quantiles(function)?)
    }
}

/// The shares of the percentiles of memory.
const MEMORY_SHARES: [f64; 8] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0];

const MEMORY: Kind<8> = Kind {
    name: &["hashowner", "hashapp"],
    quantiles: [
        "averageallocatedmb_pct1",
        "averageallocatedmb_pct5",
        "averageallocatedmb_pct25",
        "averageallocatedmb_pct50",
        "averageallocatedmb_pct75",
        "averageallocatedmb_pct95",
        "averageallocatedmb_pct99",
        "averageallocatedmb_pct100",
    ],
    divisor: 1.0,
    expected: "HashOwner,HashApp,SampleCount,AverageAllocatedMb,AverageAllocatedMb_pct1,…,AverageAllocatedMb_pct100",
};

/// Memory of apps by its percentiles: all functions of an app share it.
#[derive(Debug, Clone)]
pub struct MemoryTable(Quantiles<8>);

impl MemoryTable {
    /// Reads `HashOwner,HashApp,…,AverageAllocatedMb_pct1,…`; `file` is for messages.
    ///
    /// # Errors
    /// When it is no such table, or a line of it is malformed.
    pub fn read<R: BufRead>(source: R, file: &str) -> Result<Self, TraceError> {
        Quantiles::read(source, file, &MEMORY).map(Self)
    }

    /// (share, MB) of the app of a function, by the name that the counts have for the function.
    #[must_use]
    pub fn quantiles_of_app(&self, function: &str) -> Option<[(f64, f64); 8]> {
        let (app, _) = function.rsplit_once('/')?;
        let values = self.0.by_name.get(app.as_bytes())?;
        Some(std::array::from_fn(|index| (MEMORY_SHARES[index], values[index])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn durations(line: &str) -> Result<DurationTable, TraceError> {
        let quantiles = DURATIONS.quantiles.join(",").replace("average", "Average");
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

    #[test]
    fn memory_is_of_the_app() {
        let header = "HashOwner,HashApp,SampleCount,AverageAllocatedMb,AverageAllocatedMb_pct1,AverageAllocatedMb_pct5,\
                      AverageAllocatedMb_pct25,AverageAllocatedMb_pct50,AverageAllocatedMb_pct75,AverageAllocatedMb_pct95,\
                      AverageAllocatedMb_pct99,AverageAllocatedMb_pct100";
        let text = format!("{header}\no,a,100,140.5,90,95,120,140,150,180,190,200.5\n");
        let table = MemoryTable::read(text.as_bytes(), "m.csv").unwrap();
        let quantiles = table.quantiles_of_app("o/a/any").unwrap();
        assert!((quantiles[3].1 - 140.0).abs() < 1e-12 && (quantiles[7].1 - 200.5).abs() < 1e-12, "{quantiles:?}");
        assert_eq!(table.quantiles_of_app("o/b/any"), None);
    }
}
