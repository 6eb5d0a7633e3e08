import { createCipheriv, createHmac } from 'node:crypto';
import type { OtpParameters } from '../../shared/otp.ts';
import type { Random } from '../keyring.ts';

export interface MakeOrder {
  readonly count: number;
  readonly parameters: OtpParameters;
  /** End of life as XML Schema's dateTime. */
  readonly expiryDate: string;
  /** AES-256 key of the file. */
  readonly key: Uint8Array;
}

const seedBytes = { SHA1: 20, SHA256: 32, SHA512: 64 } as const;

/** XML Encryption section 5.2: initialisation vector and padding before and behind the value. */
function encrypted(plain: Uint8Array, key: Uint8Array, random: Random): Buffer {
  const iv = random(16);
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return Buffer.concat([iv, cipher.update(plain), cipher.final()]);
}

function encryptedXml(bytes: Buffer): string {
  return `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes256-cbc"/><xenc:CipherData><xenc:CipherValue>${bytes.toString('base64')}</xenc:CipherValue></xenc:CipherData>`;
}

function packageXml(serial: string, order: MakeOrder, macKey: Uint8Array, random: Random): string {
  const { algorithm, digits, periodSeconds } = order.parameters;
  const seed = random(seedBytes[algorithm]);
  const closed = encrypted(seed, order.key, random);
  seed.fill(0);
  const mac = createHmac('sha256', macKey).update(closed).digest('base64');
  const suite = algorithm === 'SHA1' ? '' : `<Suite>HMAC-${algorithm}</Suite>`;
  return `  <KeyPackage>
    <DeviceInfo><Manufacturer>Shirushi trial</Manufacturer><SerialNo>${serial}</SerialNo></DeviceInfo>
    <Key Id="${serial}" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
      <AlgorithmParameters>${suite}<ResponseFormat Length="${digits}" Encoding="DECIMAL"/></AlgorithmParameters>
      <Data>
        <Secret><EncryptedValue>${encryptedXml(closed)}</EncryptedValue><ValueMAC>${mac}</ValueMAC></Secret>
        <Time><PlainValue>0</PlainValue></Time>
        <TimeInterval><PlainValue>${periodSeconds}</PlainValue></TimeInterval>
      </Data>
      <Policy><ExpiryDate>${order.expiryDate}</ExpiryDate><KeyUsage>OTP</KeyUsage></Policy>
    </Key>
  </KeyPackage>
`;
}

/**
 * A PSKC file of key fobs that exist nowhere, piece by piece: random seeds under AES-256 with a MAC, serials in a row
 * from a random one. RFC 6030.
 */
export function* makePskc(order: MakeOrder, random: Random): Generator<string> {
  const macKey = random(32);
  // 10 digits, within the 8 to 12 of the manuals; never so high that the last serial would have one more.
  const first = 1_000_000_000n + (Buffer.from(random(8)).readBigUInt64BE() % 8_000_000_000n);
  yield `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">
  <EncryptionKey><ds:KeyName>Pre-shared key</ds:KeyName></EncryptionKey>
  <MACMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"><MACKey>${encryptedXml(encrypted(macKey, order.key, random))}</MACKey></MACMethod>
`;
  for (let i = 0; i < order.count; i++) {
    yield packageXml(String(first + BigInt(i)), order, macKey, random);
  }
  yield '</KeyContainer>\n';
}
