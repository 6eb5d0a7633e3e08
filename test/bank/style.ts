/** The bank's crest: three sheaves in a ring. */
export const crestIn = (colour: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="${colour}"/><g fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"><path d="M16 25V9M16 15c-4 0-6-2-6-6M16 15c4 0 6-2 6-6M16 21c-5 0-8-2-8-6M16 21c5 0 8-2 8-6"/></g></svg>`;

export const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --sheet: #ffffff; --ink: #1b1d22; --quiet: #5b606b; --line: #e3e1da; --edge: #8a8d95;
  --accent: #27408b; --on-accent: #ffffff; --done: #1f7a4d; --warning: #9a6200; --error: #b3261e;
  --done-wash: #edf6f0; --error-wash: #fcf0ee; --warning-wash: #faf3e5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171c; --sheet: #1c1f26; --ink: #ecece6; --quiet: #a2a7b3; --line: #2c3038; --edge: #7b818d;
    --accent: #9db2f2; --on-accent: #15171c; --done: #7fcfa2; --warning: #e5b567; --error: #f2978f;
    --done-wash: #1a2a22; --error-wash: #2e1f1e; --warning-wash: #2b2417;
  }
}
* { box-sizing: border-box; }
html { font: 15px/1.6 "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic UI", system-ui, sans-serif; }
body { margin: 0; background: var(--paper); color: var(--ink); min-height: 100vh; display: flex; flex-direction: column; }
a { color: var(--accent); text-underline-offset: 3px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.wide { width: min(720px, 100% - 32px); margin-inline: auto; }
.top { background: var(--sheet); border-bottom: 1px solid var(--line); }
.top .wide { display: flex; align-items: center; gap: 4px 16px; padding-block: 12px; flex-wrap: wrap; }
.brand { display: flex; align-items: center; gap: 12px; margin-right: auto; color: inherit; text-decoration: none; min-height: 40px; }
.brand img { width: 32px; height: 32px; display: block; }
.brand strong { display: block; line-height: 1.3; }
.brand span { color: var(--quiet); font-size: 13px; line-height: 1.3; }
.top a.language, .top button, .top .who { font-size: 13px; min-height: 40px; display: inline-flex; align-items: center; }
.who { color: var(--quiet); }
.top form { margin: 0; }
.link { background: none; border: 0; padding: 0 4px; color: var(--accent); text-decoration: underline; text-underline-offset: 3px; font: inherit; cursor: pointer; }
main { padding-block: 32px 48px; flex: 1; }
h1 { font-size: 20px; line-height: 1.4; margin: 0 0 8px; }
h2 { font-size: 15px; margin: 32px 0 8px; }
p { margin: 0 0 16px; }
.lead, .hint { color: var(--quiet); }
.hint { font-size: 13px; margin: 4px 0 0; overflow-wrap: anywhere; }
.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; padding: 24px; margin-top: 24px; }
.after { margin-top: 24px; }
.field { margin-bottom: 20px; }
label { display: block; font-weight: 600; margin-bottom: 4px; }
input { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--edge); border-radius: 4px; min-height: 44px; padding: 8px 12px; width: 100%; max-width: 400px; }
input.otp { font-size: 20px; font-variant-numeric: tabular-nums; max-width: 240px; }
input[aria-invalid=true] { border-color: var(--error); }
.actions { display: flex; justify-content: flex-end; align-items: center; gap: 12px; margin-top: 24px; flex-wrap: wrap; }
.button { display: inline-flex; align-items: center; justify-content: center; min-height: 44px; padding: 8px 24px; border: 1px solid var(--accent); border-radius: 4px; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; }
.button.second { background: none; color: var(--accent); }
.note { border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 4px; background: var(--sheet); padding: 12px 16px; margin: 16px 0 0; overflow-wrap: anywhere; }
.note.error { border-left-color: var(--error); background: var(--error-wash); }
.note.done { border-left-color: var(--done); background: var(--done-wash); }
.note.warning { border-left-color: var(--warning); background: var(--warning-wash); }
dl { display: grid; grid-template-columns: minmax(120px, max-content) 1fr; gap: 8px 24px; margin: 0 0 16px; }
dt { color: var(--quiet); }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
dd.id { font-variant-numeric: tabular-nums; }
ol { padding-left: 24px; margin: 0 0 24px; }
li { margin-bottom: 4px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th, td { white-space: nowrap; }
td.payee { white-space: normal; min-width: 120px; }
th { color: var(--quiet); font-size: 13px; font-weight: 400; }
.sum { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
.scroll { overflow-x: auto; }
.balance { display: flex; justify-content: space-between; align-items: end; gap: 16px; flex-wrap: wrap; }
.balance dl { display: block; margin: 0; }
.balance dd { font-size: 20px; font-variant-numeric: tabular-nums; }
footer { border-top: 1px solid var(--line); color: var(--quiet); font-size: 13px; padding-block: 16px; }
code { font-family: ui-monospace, monospace; font-size: 15px; }
.hint code { font-size: 13px; }
.fobs { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 16px 24px; align-items: start; }
.fobs figure { margin: 0; }
.fobs dl { grid-column: 1 / -1; margin: 0; }
figcaption { color: var(--quiet); font-size: 13px; margin-top: 4px; }
.seconds { font-variant-numeric: tabular-nums; margin-left: 8px; }
.fob { display: block; width: 100%; max-width: 320px; }
.fob .case { fill: #3a4152; stroke: #6b7386; stroke-width: 2; }
.fob .hole { fill: var(--sheet); stroke: #6b7386; stroke-width: 2; }
.fob .lcd { fill: #c9d6c0; stroke: #20252f; stroke-width: 2; }
.fob .bar { fill: #1b2417; }
.fob .bar.off { fill: none; }
.fob .code { fill: #1b2417; font: 600 27px ui-monospace, "Noto Sans Mono CJK JP", monospace; text-anchor: middle; }
.fob .knob { fill: #d9b24c; stroke: #20252f; stroke-width: 2; }
.fob .label { fill: #f4f2ea; }
.fob .print { fill: #1b1d22; font: 600 15px ui-monospace, monospace; }
.fob .print.small { font-size: 10px; font-weight: 400; }
@media (max-width: 480px) {
  .sheet { padding: 16px; }
  .actions .button { width: 100%; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 8px; }
}
@media (forced-colors: active) { .button { border: 2px solid ButtonText; } }
`;
