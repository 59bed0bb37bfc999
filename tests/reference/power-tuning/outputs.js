// Rewrites output-*.json from calls.csv: `node outputs.js` in this folder. JavaScript, because the tool is written in it: the
// expected bytes come from its arithmetic and its way of writing numbers, not from ours.
const fs = require('fs');

const BASE_COST = 2.1e-9; // a millisecond at 128 MB, us-east-1, x86_64
const EXECUTION_COST = 0.0006; // 0.000025 × (6 + 3 × 6)
const TRIM = 0.2;

const calls = fs.readFileSync('calls.csv', 'utf8').trim().split('\n').slice(1).map(line => line.split(',').map(Number));
const sizes = [...new Set(calls.map(([memory]) => memory))];

function trimmedMean(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const dropped = Math.floor(sorted.length * TRIM);
  let sum = 0;
  for (const value of sorted.slice(dropped, sorted.length - dropped)) sum += value;
  return sum / (sorted.length - 2 * dropped);
}

const rows = sizes.map(memory => {
  const own = calls.filter(call => call[0] === memory);
  const price = billed => Math.ceil(billed) * BASE_COST * (memory / 128);
  const billed = own.map(call => call[2]);
  let total = 0;
  for (const milliseconds of billed) total += price(milliseconds);
  return { memory, cost: price(trimmedMean(billed)), duration: trimmedMean(own.map(call => call[1])), total };
});

const ascending = [...rows].sort((one, other) => one.memory - other.memory);
const part = array => Buffer.from(array.buffer).toString('base64');
const fragment = [
  part(Int16Array.from(ascending, row => row.memory)),
  part(Float32Array.from(ascending, row => row.duration)),
  part(Float32Array.from(ascending, row => row.cost)),
].join(';');

const mostCost = Math.max(...rows.map(row => row.cost));
const mostDuration = Math.max(...rows.map(row => row.duration));
const balance = weight => row => (weight * row.cost) / mostCost + ((1 - weight) * row.duration) / mostDuration;
const strategies = { cost: row => row.cost, speed: row => row.duration, balanced: balance(0.5), 'balanced-0.3': balance(0.3) };

for (const [name, value] of Object.entries(strategies)) {
  const best = rows.reduce((best, row) => (value(row) < value(best) ? row : best));
  const output = {
    power: best.memory,
    cost: best.cost,
    duration: best.duration,
    stateMachine: {
      executionCost: EXECUTION_COST,
      lambdaCost: rows.reduce((sum, row) => sum + row.total, 0),
      visualization: `https://lambda-power-tuning.show/#${fragment}`,
    },
    stats: rows.map(row => ({ value: row.memory, averagePrice: row.cost, averageDuration: row.duration })),
  };
  fs.writeFileSync(`output-${name}.json`, `${JSON.stringify(output)}\n`);
}
