import { makeApiKey } from '../api-keys.ts';
import { auditEntry } from '../audit.ts';
import type { Random } from '../keyring.ts';
import type { ApiKey, Scope, Store } from '../store/store.ts';
import { type ExitStatus, refuse, styled, type Terminal, table } from './terminal.ts';

function time(ms: number | null): string {
  return ms === null ? '-' : new Date(ms).toISOString().replace('.000Z', 'Z');
}

function stateOf(key: ApiKey, nowMs: number): 'usable' | 'revoked' | 'expired' {
  if (key.revokedAtMs !== null) return 'revoked';
  return key.expiresAtMs !== null && key.expiresAtMs <= nowMs ? 'expired' : 'usable';
}

/** `key create`: makes an API key and shows it this once. Without a service ID it belongs to the only institution. */
export async function createKey(
  store: Store,
  terminal: Terminal,
  options: {
    readonly serviceId: string | null;
    readonly scopes: readonly Scope[];
    readonly expiresAtMs: number | null;
    readonly nowMs: number;
  },
  random: Random,
): Promise<ExitStatus> {
  const known = await store.serviceIds();
  const serviceId = options.serviceId ?? (known.length === 1 ? known[0] : undefined);
  if (serviceId === undefined) {
    return known.length === 0
      ? refuse(
          terminal,
          'There is no institution yet. Apply one first: institution apply FILE',
          '金融機関が登録されていません。先に institution apply FILE を実行してください。',
        )
      : refuse(
          terminal,
          `There are several institutions (${known.join(', ')}). Name one with --institution.`,
          `金融機関が複数あります(${known.join('、')})。--institution で指定してください。`,
        );
  }
  if (!known.includes(serviceId)) {
    return refuse(
      terminal,
      `There is no institution with Service ID ${serviceId}.`,
      `サービスID ${serviceId} の金融機関はありません。`,
    );
  }
  const { nowMs, scopes, expiresAtMs } = options;
  const { key, record } = makeApiKey({ serviceId, scopes, nowMs, expiresAtMs }, random);
  await store.transaction(serviceId, async (transaction) => {
    await transaction.addApiKey(record);
    await transaction.addAudit(
      auditEntry({
        serviceId,
        atMs: nowMs,
        actor: 'cli',
        operation: 'keyCreate',
        outcome: 'done',
        reference: record.keyId,
      }),
    );
  });
  if (terminal.json) {
    terminal.out(JSON.stringify({ id: record.keyId, key }));
    return 0;
  }
  terminal.out(`${styled('bold', key)}\n`);
  terminal.out(
    `  ID ${record.keyId}   institution ${serviceId}   scopes ${scopes.join(', ')}   until ${time(expiresAtMs)}`,
  );
  terminal.out('  この鍵は今だけ表示されます。安全な場所に保管してください。');
  terminal.out('  The key is shown only now. Keep it in a safe place.');
  return 0;
}

/** `key list`: every key without its secret. */
export async function listKeys(store: Store, terminal: Terminal, nowMs: number): Promise<ExitStatus> {
  const keys = await store.apiKeys();
  const items = keys.map((key) => ({
    id: key.keyId,
    institution: key.serviceId,
    scopes: key.scopes,
    state: stateOf(key, nowMs),
    createdAt: time(key.createdAtMs),
    expiresAt: key.expiresAtMs === null ? null : time(key.expiresAtMs),
  }));
  if (terminal.json) terminal.out(JSON.stringify({ items }));
  else if (items.length === 0) terminal.out('鍵はまだありません。 There are no keys yet.');
  else {
    const rows = items.map((key) => [
      key.id,
      key.institution,
      key.scopes.join(','),
      key.state,
      key.createdAt,
      key.expiresAt ?? '-',
    ]);
    terminal.out(table(['id', 'institution', 'scopes', 'state', 'created', 'expires'], rows));
  }
  return 0;
}

/** `key revoke ID`: running verifiers refuse the key within 5 seconds. */
export async function revokeKey(store: Store, terminal: Terminal, id: string, nowMs: number): Promise<ExitStatus> {
  const key = await store.apiKey(id);
  const done =
    key !== null &&
    (await store.transaction(key.serviceId, async (transaction) => {
      if (!(await transaction.revokeApiKey(id, nowMs))) return false;
      await transaction.addAudit(
        auditEntry({
          serviceId: key.serviceId,
          atMs: nowMs,
          actor: 'cli',
          operation: 'keyRevoke',
          outcome: 'done',
          reference: id,
        }),
      );
      return true;
    }));
  if (!done) {
    return refuse(terminal, `There is no key ${id} that could be revoked.`, `失効できる鍵 ${id} はありません。`, {
      id,
    });
  }
  terminal.out(terminal.json ? JSON.stringify({ id, revoked: true }) : `${id}: 失効しました (revoked)`);
  return 0;
}
