import { useState } from 'hono/jsx/dom';
import { maximumTokens, type TokenSummary } from '../../messages.ts';
import type { PageProps } from '../../ui/page.tsx';
import { Heading, Notice } from '../../ui/parts.tsx';
import { Confirm } from './confirm.tsx';
import { Register } from './register.tsx';
import { SendStep } from './send-step.tsx';
import { Source } from './source.tsx';
import { useText } from './text.ts';

/** What the institution's mail says, and where the verifier answered. */
export interface Details {
  readonly address: string;
  readonly host: string;
  readonly serviceId: string;
  readonly userId: string;
  /** This computer's clock minus the verifier's, from this set-up's check. */
  readonly clockDifferenceMs: number;
}

type Step =
  | { readonly at: 'source'; readonly typed: Typed }
  | { readonly at: 'send'; readonly details: Details; readonly typed: Typed }
  | { readonly at: 'register'; readonly token: TokenSummary }
  | { readonly at: 'confirm'; readonly token: TokenSummary };

/** The fields of the first step, as they were left. */
export interface Typed {
  readonly address: string;
  readonly serviceId: string;
  readonly userId: string;
}

const start: Step = { at: 'source', typed: { address: '', serviceId: '', userId: '' } };
const order = ['source', 'send', 'register', 'confirm'] as const;

interface SetUpProps extends PageProps {
  readonly title: string;
  readonly onAnother: () => void;
}

/** The set-up of one token, step by step: what the mail says, sending, registering, and what is left to do at the bank. */
export function SetUp({ title, state, reload, onAnother }: SetUpProps) {
  const text = useText();
  const [step, setStep] = useState<Step>(start);
  const current = order.indexOf(step.at);
  return (
    <div class="stack wide">
      <div class="stack tight">
        <Heading level={1}>{title}</Heading>
        <ol class="steps" aria-label={text.setUp.stepsLabel}>
          {text.setUp.steps.map((name, index) => (
            <li key={name} aria-current={index === current ? 'step' : undefined}>
              <span class="number">{index + 1}</span>
              {name}
            </li>
          ))}
        </ol>
      </div>
      {step.at === 'source' && state.tokens.length >= maximumTokens ? (
        <Notice id="full" kind="warning" title={text.setUp.fullTitle}>
          <p>{text.setUp.fullText}</p>
          <div class="row end">
            <a class="button" href="#settings">
              {text.setUp.toSettings}
            </a>
          </div>
        </Notice>
      ) : step.at === 'source' ? (
        <Source
          key="source"
          typed={step.typed}
          isBack={step !== start}
          onReached={(details, typed) => setStep({ at: 'send', details, typed })}
        />
      ) : step.at === 'send' ? (
        <SendStep
          key="send"
          details={step.details}
          state={state}
          reload={reload}
          onBack={() => setStep({ at: 'source', typed: step.typed })}
          onAdded={(token) => setStep({ at: 'register', token })}
        />
      ) : step.at === 'register' ? (
        <Register
          key="register"
          title={title}
          token={step.token}
          onRegistered={(token) => setStep({ at: 'confirm', token })}
        />
      ) : (
        <Confirm
          key="confirm"
          title={title}
          token={state.tokens.find((each) => each.id === step.token.id) ?? step.token}
          state={state}
          reload={reload}
          onAnother={onAnother}
        />
      )}
    </div>
  );
}
