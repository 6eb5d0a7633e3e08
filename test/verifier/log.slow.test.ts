import type { Readable } from 'node:stream';
import autocannon from 'autocannon';
import { expect, test } from 'vitest';
import { temporaryFolder } from './fixture.ts';
import { serve } from './processes.ts';

/** The first line with this text that a reader hears from now on. */
function heard(stream: Readable, text: string): Promise<string> {
  return new Promise((resolve) => {
    let begun = '';
    stream.on('data', (data) => {
      const lines = `${begun}${data}`.split('\n');
      begun = lines.pop() ?? '';
      const line = lines.find((one) => one.includes(text));
      if (line !== undefined) resolve(line);
    });
    stream.resume();
  });
}

test('a log that nobody reads is dropped past its bound; whoever reads again hears how many lines are missing', async () => {
  const running = await serve(temporaryFolder());
  const out = running.child.stdout as Readable;
  out.removeAllListeners('data');
  out.pause();
  // A line has about 170 characters: more than the bound of 16 MB and what the system holds.
  const load = await autocannon({ url: `${running.url}/healthz`, connections: 64, amount: 130_000 });
  expect(load['2xx']).toBe(130_000);
  const line = await heard(out, 'lines of this log were dropped');
  expect(JSON.parse(line).lines).toBeGreaterThan(1_000);
  expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  expect(await running.end()).toBe(0);
});
