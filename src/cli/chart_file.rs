//! A figure in a file: SVG or PNG by the ending of its name.

use std::path::{Path, PathBuf};

use super::WrongInput;
use super::files::write_all;

/// Where a figure goes.
#[derive(Debug, Clone)]
pub(super) struct ChartFile {
    path: PathBuf,
    is_png: bool,
}

impl ChartFile {
    /// The file that `--chart` names.
    pub(super) fn named(path: &Path) -> Result<Self, WrongInput> {
        let is_png = match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => false,
            Some("png") => true,
            _ => return Err(WrongInput(format!("--chart {}: the name must end in .svg or .png", path.display()))),
        };
        Ok(Self { path: path.to_path_buf(), is_png })
    }

    pub(super) fn write(&self, svg: String) -> anyhow::Result<()> {
        let bytes = if self.is_png { millicent::chart::png(&svg, 2.0)? } else { svg.into_bytes() };
        write_all(Some(&self.path), &bytes, &mut std::io::sink())
    }
}
