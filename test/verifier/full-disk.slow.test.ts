import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { addUser, temporaryFolder } from './fixture.ts';
import { overHttp, prepare, serve } from './processes.ts';

test('files that may not grow any more: changes are 503 and /readyz says so, reading goes on, and all recovers by itself', async () => {
  const folder = temporaryFolder();
  const apiKey = await prepare(folder);
  const verifier = await serve(folder);
  const bank = overHttp(() => verifier.url, apiKey);
  await addUser({ bank });
  // The system refuses to write beyond this size, as it does on a full disk.
  const limitFiles = (to: string) => execFileSync('prlimit', ['--pid', `${verifier.child.pid}`, `--fsize=${to}`]);
  const put = (name: string) => bank('PUT', '/v1/users/hanako', { contractId: 'C-1', name, role: 'general' });

  limitFiles('0:unlimited');
  for (const name of ['一', '二']) {
    const refused = await put(name);
    expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([503, 'unavailable', '1']);
    const reason = 'the store takes no changes; see that its disk has room';
    const ready = await bank('GET', '/readyz');
    expect([ready.status, ready.body]).toEqual([503, { ready: false, reason }]);
    expect((await bank('GET', '/v1/users/hanako')).body.name).toBe('山田 花子');
    expect((await bank('GET', '/healthz')).status).toBe(200);
  }

  limitFiles('unlimited');
  expect((await bank('GET', '/readyz')).body).toEqual({ ready: true, reason: null });
  expect((await put('山田 花')).status).toBe(200);
  expect((await bank('GET', '/v1/users/hanako')).body.name).toBe('山田 花');
  expect(await verifier.end()).toBe(0);
});
