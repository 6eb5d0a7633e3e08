import { describe, expect, test } from 'vitest';
import { parseActivationLink, parseVerifierAddress } from '../../extension/activation-link.ts';

const link = 'https://otp.example/activate#serviceId=1001&userId=K7QZ2M9XW4RT';
const ids = { serviceId: '1001', userId: 'K7QZ2M9XW4RT' };

describe('an activation link', () => {
  test('gives the verifier and both IDs', () => {
    expect(parseActivationLink(link)).toEqual({ address: 'https://otp.example', ...ids });
  });
  test('may have a base path, a port and its IDs in either order', () => {
    expect(parseActivationLink('https://bank.example:8443/otp/v/activate#userId=K7QZ2M9XW4RT&serviceId=1001')).toEqual({
      address: 'https://bank.example:8443/otp/v',
      ...ids,
    });
  });
  test.each([
    `初期設定はこちら：${link}。有効期限は60分です。`,
    `Set it up:\r\n<${link}>\r\nThank you.`,
    `（${link}）`,
    `See https://bank.example/help, then ${link}.`,
    `Set it up: ${link.replace('https://otp', 'HTTPS://OTP')}`,
    `<a href="${link}">link</a>`,
  ])('is found in %j', (text) => {
    expect(parseActivationLink(text)).toEqual({ address: 'https://otp.example', ...ids });
  });
  test('may end its path with a slash', () => {
    expect(parseActivationLink(link.replace('#', '/#'))).toEqual({ address: 'https://otp.example', ...ids });
  });
  test('decodes its IDs', () => {
    expect(parseActivationLink('https://otp.example/activate#serviceId=A%2B1&userId=a%20b')).toMatchObject({
      serviceId: 'A+1',
      userId: 'a b',
    });
  });
  test('may be plain http on this computer', () => {
    expect(parseActivationLink(link.replace('https://otp.example', 'http://localhost:8080'))?.address).toBe(
      'http://localhost:8080',
    );
  });
  test.each([
    ['another page', 'https://otp.example/login#serviceId=1001&userId=X'],
    ['no user ID', 'https://otp.example/activate#serviceId=1001'],
    ['an empty one', 'https://otp.example/activate#serviceId=1001&userId='],
    ['no service ID', 'https://otp.example/activate#userId=X'],
    ['two user IDs', `${link}&userId=OTHER`],
    ['two service IDs', `${link}&serviceId=1002`],
    ['plain http elsewhere', link.replace('https', 'http')],
    ['a user name before the host', link.replace('otp.', 'bank.example@otp.')],
    ['a query', link.replace('#', '?x=1#')],
    ['no link at all', 'こんにちは'],
  ])('with %s is none', (_, text) => {
    expect(parseActivationLink(text)).toBeNull();
  });
});

describe('a verifier’s address', () => {
  test.each([
    ['otp.example', 'https://otp.example'],
    [' https://otp.example/ ', 'https://otp.example'],
    ['https://OTP.example:443/base//', 'https://otp.example/base'],
    ['localhost:8080', 'https://localhost:8080'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://127.0.0.1:8080/v/', 'http://127.0.0.1:8080/v'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['ｏｔｐ.example', 'https://otp.example'],
    // Punycode is what the person is shown.
    ['https://оtp.example', 'https://xn--tp-emc.example'],
  ])('%j is read as %s', (text, address) => {
    expect(parseVerifierAddress(text)).toBe(address);
  });
  test.each([
    '',
    '   ',
    'http://otp.example',
    'http://localhost.otp.example',
    'ftp://otp.example',
    'javascript://otp.example',
    'https://user:secret@otp.example',
    'https://:secret@otp.example',
    'https://otp.example?x=1',
    'https://otp.example#x',
    'https://',
    'not an address',
  ])('%j is refused', (text) => {
    expect(parseVerifierAddress(text)).toBeNull();
  });
});
