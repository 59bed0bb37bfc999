//! Small symmetric systems: at most a few dozen measured sizes.

/// The lower triangle L of a symmetric positive definite matrix A = L·Lᵀ, row by row.
#[derive(Debug, Clone)]
pub(super) struct Cholesky {
    size: usize,
    rows: Vec<f64>,
}

impl Cholesky {
    /// Of the matrix whose element (row, column) is given, column ≤ row. A pivot that rounding made too small is lifted to a
    /// trillionth of its diagonal: the matrices here are covariances with noise on the diagonal, so this is a safety net.
    pub(super) fn new(size: usize, element: impl Fn(usize, usize) -> f64) -> Self {
        let mut rows = vec![0.0; size * size];
        for row in 0..size {
            for column in 0..=row {
                let known: f64 = (0..column).map(|k| rows[row * size + k] * rows[column * size + k]).sum();
                let rest = element(row, column) - known;
                rows[row * size + column] =
                    if column == row { rest.max(1e-12 * element(row, row)).sqrt() } else { rest / rows[column * size + column] };
            }
        }
        Self { size, rows }
    }

    /// Turns b into L⁻¹b.
    pub(super) fn solve_lower(&self, vector: &mut [f64]) {
        for row in 0..self.size {
            let start = row * self.size;
            let known: f64 = self.rows[start..start + row].iter().zip(vector.iter()).map(|(factor, value)| factor * value).sum();
            vector[row] = (vector[row] - known) / self.rows[start + row];
        }
    }

    /// Turns b into A⁻¹b.
    pub(super) fn solve(&self, vector: &mut [f64]) {
        self.solve_lower(vector);
        self.solve_upper(vector);
    }

    /// Turns b into L⁻ᵀb.
    pub(super) fn solve_upper(&self, vector: &mut [f64]) {
        for row in (0..self.size).rev() {
            let known: f64 = (row + 1..self.size).map(|below| self.rows[below * self.size + row] * vector[below]).sum();
            vector[row] = (vector[row] - known) / self.rows[row * self.size + row];
        }
    }

    /// ln |A|.
    pub(super) fn log_determinant(&self) -> f64 {
        (0..self.size).map(|row| 2.0 * self.rows[row * self.size + row].ln()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_system_is_solved() {
        // (4 2; 2 3): L = (2 0; 1 √2), determinant 8, A·(1, 2)ᵀ = (8, 8)ᵀ.
        let matrix = [[4.0, 2.0], [2.0, 3.0]];
        let cholesky = Cholesky::new(2, |row, column| matrix[row][column]);
        let mut vector = [8.0, 8.0];
        cholesky.solve(&mut vector);
        assert!((vector[0] - 1.0).abs() < 1e-12 && (vector[1] - 2.0).abs() < 1e-12, "{vector:?}");
        assert!((cholesky.log_determinant() - 8.0_f64.ln()).abs() < 1e-12);
        let mut half = [2.0, 1.0 + 2.0_f64.sqrt()];
        cholesky.solve_lower(&mut half);
        assert!((half[0] - 1.0).abs() < 1e-12 && (half[1] - 1.0).abs() < 1e-12, "{half:?}");
    }
}
