import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';

/** One mail of plain text. */
export interface Message {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** Where a mail went: an SMTP server, or a file whose path is given. */
export type Delivery = { readonly by: 'smtp' } | { readonly by: 'outbox'; readonly file: string };

export interface Mailer {
  /** @throws where the mail was not taken; it is lost then */
  send(message: Message): Promise<Delivery>;
}

const connectMs = 5_000;
const answerMs = 10_000;

/**
 * Longer than a mail takes: its server is looked for, reached and greets, and answers to each of ten commands at the
 * last moment (RFC 5321, with STARTTLS and AUTH LOGIN).
 */
export const longestSendMs = 3 * connectMs + 11 * answerMs;

function options(message: Message) {
  return {
    from: { name: message.from.name, address: message.from.address },
    to: { name: '', address: message.to },
    subject: message.subject,
    text: message.text,
    date: new Date(message.atMs),
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Hands mails to an SMTP server (RFC 5321); waits seconds for it, not minutes. */
export function smtpMailer(url: string): Mailer {
  const transport = createTransport({
    url,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: answerMs,
    dnsTimeout: connectMs,
  });
  return {
    async send(message) {
      await transport.sendMail(options(message));
      return { by: 'smtp' };
    },
  };
}

/**
 * Writes mails as files (RFC 5322) into a folder, for trials and for those who send them by other means. A name starts
 * with the mail's time, so that they sort; a file appears whole or not at all and only its owner reads it.
 */
export function outboxMailer(folder: string): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    async send(message) {
      const { message: bytes } = await transport.sendMail(options(message));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const time = new Date(message.atMs).toISOString().replace(/[-:.]/g, '');
      const name = `${time}-${randomBytes(4).toString('hex')}`;
      const draft = join(folder, `.${name}.tmp`);
      const file = join(folder, `${name}.eml`);
      const handle = await open(draft, 'wx', 0o600);
      try {
        await handle.writeFile(bytes as Buffer);
        await handle.sync();
        await handle.close();
        await rename(draft, file);
      } catch (error) {
        await handle.close().catch(() => {});
        await unlink(draft).catch(() => {});
        throw error;
      }
      return { by: 'outbox', file };
    },
  };
}
