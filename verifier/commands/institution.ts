import { readFileSync } from 'node:fs';
import { type Institution, type InstitutionProblem, parseInstitution } from '../../shared/institution.ts';
import { auditEntry } from '../audit.ts';
import { InstitutionUnfit, type Store, type Transaction } from '../store/store.ts';
import { type ExitStatus, refuse, styled, type Terminal } from './terminal.ts';

interface Change {
  readonly path: string;
  /** JSON text; null: was not there. */
  readonly before: string | null;
  readonly after: string | null;
}

function leaves(value: unknown, path: string, into: Map<string, string>): Map<string, string> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) leaves(inner, path === '' ? key : `${path}.${key}`, into);
  } else {
    into.set(path, JSON.stringify(value));
  }
  return into;
}

/** Each value that differs, by its path. */
export function changesBetween(before: unknown, after: unknown): readonly Change[] {
  const old = leaves(before ?? {}, '', new Map());
  const fresh = leaves(after, '', new Map());
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .map((path) => ({ path, before: old.get(path) ?? null, after: fresh.get(path) ?? null }))
    .filter((change) => change.before !== change.after);
}

/** One line: path, old value, new value; `-` where there was or is none. */
function difference({ path, before, after }: Change): string {
  return `${path}: ${before ?? '-'} → ${after ?? '-'}`;
}

function refuseFile(terminal: Terminal, file: string, problems: readonly InstitutionProblem[]): 1 {
  const en = `${file} was refused and nothing was applied.`;
  const ja = `${file} に誤りがあるため、何も適用していません。`;
  const status = refuse(terminal, en, ja, { problems });
  if (!terminal.json) {
    terminal.err(problems.map(({ path, expected }) => `  ${path === '' ? '(file)' : path}: ${expected}`).join('\n'));
  }
  return status;
}

/** What the file asks for and this version does not do yet, by its path: nobody is to rely on it unawares. */
function withoutEffect({ failureBudget, branch, mail, webhooks }: Institution): readonly string[] {
  const asked = {
    'failureBudget.refuse': failureBudget.refuse,
    'branch.twoPersons': branch.twoPersons,
    'mail.notices': mail.notices.length > 0,
    webhooks: webhooks.length > 0,
  };
  return Object.entries(asked).flatMap(([path, wanted]) => (wanted ? [path] : []));
}

/** The institution as it is stored, also where this version does not read it: applying a file is what mends that. */
async function storedDocument(transaction: Transaction, serviceId: string): Promise<unknown> {
  try {
    return await transaction.institution(serviceId);
  } catch (error) {
    if (error instanceof InstitutionUnfit) return error.document;
    throw error;
  }
}

/** `institution apply FILE [--dry-run]`: checks the file, shows what changes, applies it. */
export async function applyInstitution(
  store: Store,
  terminal: Terminal,
  options: { readonly file: string; readonly dryRun: boolean; readonly nowMs: number },
): Promise<ExitStatus> {
  let value: unknown;
  try {
    // A byte order mark, as Windows writes it, is no part of the text.
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(options.file)));
  } catch (error) {
    const unreadable = (error as NodeJS.ErrnoException).syscall !== undefined;
    const expected = unreadable ? 'expects a file that can be read' : 'expects a JSON document in UTF-8';
    return refuseFile(terminal, options.file, [{ path: '', expected }]);
  }
  const parsed = parseInstitution(value);
  if ('problems' in parsed) return refuseFile(terminal, options.file, parsed.problems);

  const { institution } = parsed;
  const serviceId = institution.serviceId;
  // Compared and applied alone among writers: what is shown is what was changed.
  const { before, changes, applied } = await store.transaction(serviceId, async (transaction) => {
    const stored = await storedDocument(transaction, serviceId);
    const differences = changesBetween(stored, institution);
    if (options.dryRun || differences.length === 0) return { before: stored, changes: differences, applied: false };
    await transaction.putInstitution(institution, options.nowMs);
    await transaction.addAudit(
      auditEntry({
        serviceId,
        atMs: options.nowMs,
        actor: 'cli',
        operation: 'institutionApply',
        outcome: 'done',
        note: stored === null ? 'new' : differences.map(difference).join('\n'),
      }),
    );
    return { before: stored, changes: differences, applied: true };
  });
  const idle = withoutEffect(institution);
  if (terminal.json) {
    const notYet = idle.length === 0 ? {} : { withoutEffect: idle };
    terminal.out(JSON.stringify({ serviceId, new: before === null, applied, changes, ...notYet }));
    return 0;
  }
  const word = applied ? 'applied' : changes.length === 0 ? 'unchanged' : 'would be applied';
  terminal.out(`${styled('bold', `${serviceId}  ${institution.name.ja}`)} (${institution.name.en}): ${word}`);
  if (before !== null && changes.length > 0)
    terminal.out(changes.map((change) => `  ${difference(change)}`).join('\n'));
  if (idle.length > 0) {
    terminal.err(
      `  このバージョンではまだ効果のない設定があります: ${idle.join('、')}\n  Without effect in this version: ${idle.join(', ')}`,
    );
  }
  return 0;
}
