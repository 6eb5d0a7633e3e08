import { html } from 'hono/html';
import { codeAt, remainingMs } from '../../shared/otp.ts';
import type { TrialFob } from './fobs.ts';
import { layout, type Reader } from './pages.ts';
import { printedTime, texts } from './texts.ts';

/** What the fob shows now: its code, and the seconds that it still shows it. */
export function display({ serial, seed, parameters }: TrialFob, nowMs: number) {
  return {
    serial,
    code: codeAt(seed, parameters, nowMs),
    remainingSeconds: Math.ceil(remainingMs(parameters.periodSeconds, nowMs) / 1000),
    periodSeconds: parameters.periodSeconds,
  };
}

/** Keeps the displays going. It asks the bank each second, since the seeds stay there. */
export const fobScript = `
const bars = 6;
async function draw() {
  const answer = await fetch('/fob/displays').catch(() => null);
  if (answer?.ok) {
    for (const { serial, code, remainingSeconds, periodSeconds } of await answer.json()) {
      const fob = document.getElementById('fob-' + serial);
      if (fob === null) continue;
      const shown = fob.querySelector('.code');
      if (shown.textContent !== code) shown.textContent = code;
      fob.querySelector('.left').textContent = remainingSeconds;
      fob.querySelectorAll('.bar').forEach((bar, index) => {
        bar.classList.toggle('off', index >= Math.ceil((bars * remainingSeconds) / periodSeconds));
      });
    }
  }
  setTimeout(draw, 1000 - (Date.now() % 1000));
}
draw();
`;

function front(code: string) {
  const bars = Array.from(
    { length: 6 },
    (_, index) => html`<rect class="bar" x="66" y="${70 - index * 6}" width="6" height="4"/>`,
  );
  return html`<svg viewBox="0 0 260 110" class="fob" role="img" aria-hidden="true">
<rect class="case" x="4" y="14" width="252" height="82" rx="36"/>
<circle class="hole" cx="32" cy="55" r="11"/>
<rect class="lcd" x="58" y="32" width="136" height="46" rx="4"/>
${bars}
<text class="code" x="134" y="64">${code}</text>
<circle class="knob" cx="224" cy="55" r="14"/>
</svg>`;
}

function back(serial: string, expiry: string, expiryLabel: string) {
  return html`<svg viewBox="0 0 260 110" class="fob" role="img" aria-hidden="true">
<rect class="case" x="4" y="14" width="252" height="82" rx="36"/>
<circle class="hole" cx="228" cy="55" r="11"/>
<rect class="label" x="26" y="28" width="184" height="54" rx="3"/>
<text class="print" x="36" y="50">S/N ${serial}</text>
<text class="print small" x="36" y="70">${expiryLabel} ${expiry}</text>
</svg>`;
}

/** The key fobs of the demo, front and back, with live displays. */
export function fobPage(reader: Reader, fobs: readonly TrialFob[], nowMs: number) {
  const { language } = reader;
  const say = (text: { readonly ja: string; readonly en: string }) => text[language];
  return layout(
    reader,
    texts.fobTitle,
    html`<h1>${say(texts.fobTitle)}</h1>
<p class="lead">${say(texts.fobLead)}</p>
<p class="note warning">${say(texts.fobTrial)}</p>
${fobs.map((fob) => {
  const { serial, code, remainingSeconds } = display(fob, nowMs);
  const expiry = fob.expiresAt === null ? '-' : printedTime(fob.expiresAt);
  return html`<section class="sheet fobs" id="fob-${serial}" aria-label="${say(texts.serial)} ${serial}">
<figure>${front(code)}<figcaption>${say(texts.fobFront)} <span class="seconds">${say(texts.fobLeft)} <span class="left">${remainingSeconds}</span> ${say(texts.seconds)}</span></figcaption></figure>
<figure>${back(serial, expiry, say(texts.expiry))}<figcaption>${say(texts.fobBack)}</figcaption></figure>
<dl><dt>${say(texts.serial)}</dt><dd class="id serial">${serial}</dd><dt>${say(texts.expiry)}</dt><dd>${expiry}</dd></dl>
</section>`;
})}
<script src="/fob.js" defer></script>`,
  );
}
