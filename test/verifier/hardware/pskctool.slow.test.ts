import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findPskctool } from '../../browser/install.ts';
import { temporaryFolder } from '../fixture.ts';
import { office } from '../office.ts';
import { run } from '../processes.ts';
import { bring, stock } from './support.ts';

function pskctool(folder: string, ...args: readonly string[]): string {
  const path = findPskctool();
  if (path === null) throw new Error('no pskctool here: install oath-toolkit');
  return execFileSync(path, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('pskctool', () => {
  // It has no way to give a key, so that the seeds stay closed to it.
  test.each([
    { algorithm: 'SHA1', digits: '6', period: '60' },
    { algorithm: 'SHA256', digits: '8', period: '30' },
  ])('finds a file of hardware make valid and reads the same tokens in it: $algorithm', async (given) => {
    const folder = temporaryFolder();
    const { algorithm, digits, period } = given;
    const wanted = ['--algorithm', algorithm, '--digits', digits, '--period', period];
    const made = await run(folder, ['hardware', 'make', '--count', '3', '--output', 'box.xml', ...wanted, '--json']);
    expect(made.status).toBe(0);
    expect(pskctool(folder, '--validate', 'box.xml').trim()).toBe('OK');
    const info = pskctool(folder, '--info', 'box.xml');
    const values = (name: string) => [...info.matchAll(new RegExp(`${name}: (.*)`, 'g'))].map((match) => match[1]);
    const serials = readFileSync(join(folder, 'box.xml'), 'utf8').matchAll(/<SerialNo>(\d+)</g);
    expect(values('SerialNo')).toEqual([...serials].map((match) => match[1]));
    expect(values('SerialNo')).toHaveLength(3);
    expect(values('Key TimeInterval')).toEqual([period, period, period]);
    expect(values('Response Format Length')).toEqual([digits, digits, digits]);
    expect(new Set(values('Key Usage'))).toEqual(new Set(['OTP']));
  });

  test('signs and writes anew a file that then imports exactly, its signature reported as not verified', async () => {
    const folder = temporaryFolder();
    const keys = [
      { serial: '10000001', seed: '3132333435363738393031323334353637383930', digits: 6, period: 60 },
      { serial: '10000002', seed: 'ffeeddccbbaa99887766554433221100ffeeddcc', digits: 8, period: 30 },
    ];
    const packages = keys.map(
      ({ serial, seed, digits, period }) =>
        `<KeyPackage><DeviceInfo><Manufacturer>Maker</Manufacturer><SerialNo>${serial}</SerialNo></DeviceInfo>
<Key Id="${serial}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><AlgorithmParameters><ResponseFormat Length="${digits}" Encoding="DECIMAL"/></AlgorithmParameters>
<Data><Secret><PlainValue>${Buffer.from(seed, 'hex').toString('base64')}</PlainValue></Secret><Time><PlainValue>0</PlainValue></Time><TimeInterval><PlainValue>${period}</PlainValue></TimeInterval></Data></Key></KeyPackage>`,
    );
    const text = `<?xml version="1.0" encoding="UTF-8"?>\n<KeyContainer Version="1.0" Id="box" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">${packages.join('')}</KeyContainer>`;
    writeFileSync(join(folder, 'box.xml'), text);
    const certificate = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=Maker', '-days', '2'];
    execFileSync('openssl', [...certificate, '-keyout', 'maker.key', '-out', 'maker.crt'], {
      cwd: folder,
      stdio: 'ignore',
    });
    const signed = pskctool(folder, '--sign', '--sign-key', 'maker.key', '--sign-crt', 'maker.crt', 'box.xml');
    expect(signed).toContain('SignatureValue');
    const at = await office();
    const report = await bring(at, signed);
    expect(report).toMatchObject({ refused: [], signature: 'notVerified' });
    expect(stock(at).map(({ serial, seed, digits, period }) => ({ serial, seed, digits, period }))).toEqual(keys);
  });
});
