import { readFileSync } from 'node:fs';
import { parseInstitution } from '../../../shared/institution.ts';
import { FileFault } from '../../../verifier/hardware/faults.ts';
import { judge } from '../../../verifier/hardware/judge.ts';
import { parseMaterial } from '../../../verifier/hardware/material.ts';
import { readSeedFile } from '../../../verifier/hardware/read.ts';
import { seedFileAt } from '../../../verifier/hardware/source.ts';

/** Reads one file in a process of its own: node measure.ts FILE [MATERIAL.json]. Prints what it cost. */
const [path = '', given] = process.argv.slice(2);
const parsed = parseMaterial(given === undefined ? {} : JSON.parse(readFileSync(given, 'utf8')));
if (!parsed.ok) throw new Error(parsed.reason);
const applied = parseInstitution(
  JSON.parse(readFileSync(new URL('../../../verifier/institutions/seikyo.json', import.meta.url), 'utf8')),
);
if ('problems' in applied) throw new Error('the institution file is wrong');
const { institution } = applied;
const before = process.resourceUsage().maxRSS;
const started = process.cpuUsage();
const reasons = new Set<string>();
try {
  for await (const batch of readSeedFile(seedFileAt(path), parsed.value, { signed: false })) {
    for (const found of batch) {
      const judged =
        found.kind === 'key' ? judge(found.key, institution, Date.now()) : { ok: false, reason: found.reason };
      if ('reason' in judged) reasons.add(judged.reason);
    }
  }
} catch (error) {
  if (!(error instanceof FileFault)) throw error;
  reasons.add(error.reason);
}
const { user, system } = process.cpuUsage(started);
const ms = (user + system) / 1000;
const grownMb = (process.resourceUsage().maxRSS - before) / 1024;
console.log(JSON.stringify({ reasons: [...reasons], ms: Math.round(ms), grownMb: Math.round(grownMb) }));
