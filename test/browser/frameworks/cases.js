// Fields of real frameworks and components. What their own state holds stands in #state; the body says which case.
import { OTPInput } from 'input-otp';
import { createElement as h, useState } from 'react';
import { createRoot } from 'react-dom/client';
import OtpInput from 'react-otp-input';
import { createApp } from 'vue/dist/vue.esm-bundler.js';

const state = (code) => h('output', { id: 'state' }, code);

function Controlled() {
  const [code, setCode] = useState('');
  const digits = (event) => setCode(event.target.value.replace(/\D/g, ''));
  const field = h('input', { value: code, onChange: digits });
  return h('form', null, h('label', null, 'ワンタイムパスワード', field), state(code));
}

function Boxes() {
  const [code, setCode] = useState('');
  const renderInput = (props) => h('input', { ...props, inputMode: 'numeric' });
  const boxes = h(OtpInput, { value: code, onChange: setCode, numInputs: 6, renderInput });
  return h('form', null, h('p', null, 'ワンタイムパスワード'), boxes, state(code));
}

function Slots() {
  const [code, setCode] = useState('');
  const render = ({ slots }) =>
    slots.map(({ char }, index) =>
      h('span', { key: index, style: { display: 'inline-block', width: 30, height: 40, border: '1px solid' } }, char),
    );
  const field = h(OTPInput, {
    value: code,
    onChange: setCode,
    maxLength: 6,
    'aria-label': 'ワンタイムパスワード',
    render,
  });
  return h('form', null, field, state(code));
}

/** Redraws with the state after each digit, and moves on when a key goes down. */
function KeyedBoxes() {
  const [digits, setDigits] = useState(['', '', '', '', '', '']);
  const box = (digit, index) =>
    h('input', {
      key: `${index}:${digit}`,
      defaultValue: digit,
      maxLength: 1,
      size: 1,
      onInput: (event) => {
        const value = event.currentTarget.value;
        setDigits((old) => old.with(index, value));
      },
    });
  return h('form', null, h('p', null, 'ワンタイムパスワード'), h('div', null, digits.map(box)), state(digits.join('')));
}

const vue = {
  data: () => ({ code: '', digits: ['', '', '', '', '', ''] }),
  methods: {
    next(event) {
      event.target.nextElementSibling?.focus();
    },
  },
};
const vueField = {
  ...vue,
  template: '<label>ワンタイムパスワード <input v-model.trim="code"></label><output id="state">{{ code }}</output>',
};
const vueLazy = { ...vueField, template: vueField.template.replace('.trim', '.lazy') };
const vueBoxes = {
  ...vue,
  template: `<p>ワンタイムパスワード</p>
    <div><input v-for="(_, i) in digits" v-model="digits[i]" maxlength="1" size="1" @input="next"></div>
    <output id="state">{{ digits.join('') }}</output>`,
};

const wanted = document.body.dataset.case;
const react = { Controlled, Boxes, Slots, KeyedBoxes }[wanted];
if (react !== undefined) createRoot(document.querySelector('#root')).render(h(react));
else createApp({ vueField, vueLazy, vueBoxes }[wanted]).mount('#root');
