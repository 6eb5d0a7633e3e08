import type { Place } from './boxes.ts';
import { isMadeFor, isTypeable } from './conditions.ts';
import {
  columnHeading,
  groupTexts,
  hintTexts,
  labelTexts,
  remarksOn,
  surroundings,
  textsBefore,
  titleOf,
} from './nearby-text.ts';
import { isOfAChannel, tellsOfKeptCode, tellsOfSentCode } from './sent-codes.ts';
import { edgesOf } from './tree.ts';
import { fold, isGeneral, lengthsTold, type Meaning, meaningOfName, meaningOfText, namesTheToken } from './words.ts';

/** Points for what a text says, by its position. */
const points = {
  own: { otp: 60, code: 30 },
  before: { otp: 50, code: 30 },
  remark: { otp: 35, code: 10 },
  heading: { otp: 35, code: 15 },
  name: { otp: 40, code: 20 },
} as const;
const oneTimeCodePoints = 40;
/** Points if the text before the field, or a remark on it, says that a token shows the code. */
const tokenPoints = 20;
const madeForPoints = 10;
const numericPoints = 5;

/** `autocomplete` of fields that are for something else. */
const otherAutocomplete =
  /^(cc-|tel|email|username|postal|address|street|bday|name|given|family|organization|transaction|url)/;

/** What is written on and around a place. */
interface Written {
  /** Labels, accessible names, group names, hints inside. */
  readonly own: readonly string[];
  /** The group names among them. */
  readonly groups: readonly string[];
  /** Before it, nearest first. */
  readonly before: readonly string[];
  /** Its own texts, and those before it that belong to it. */
  readonly captions: readonly string[];
  readonly remarks: readonly string[];
}

/**
 * How certain it is that this place, one of the page's inputs, is for a token's code of this length. At least 0; 0 if
 * anything speaks against it.
 */
export function scoreOf(place: Place, digits: number, inputs: readonly HTMLInputElement[]): number {
  const { boxes } = place;
  const written = readAround(place);
  const own = meaningOfOwn(written);
  const unnamed = own === 'nothing' && written.own.every(isGeneral);
  const before = unnamed ? meaningBefore(written.before, columnHeading(boxes[0])) : 'nothing';
  const remark = strongest(written.remarks.map(meaningOfText));
  const name = meaningOfNames(boxes);
  const meanings = [own, before];
  const said = meanings.includes('otp');
  if ([...meanings, name].includes('never')) return 0;
  if (!said && (name === 'other' || remark === 'never')) return 0;
  const byToken = [...written.before, ...written.remarks].some(namesTheToken);
  // A security code is a card's, unless a token shows it.
  const isOfToken = meanings.includes('other') && (byToken || tellsOfToken(boxes[0]));
  if (meanings.includes('other') && !isOfToken) return 0;
  const asks = (meaning: Meaning): Meaning => (meaning === 'other' ? 'code' : meaning);
  if (contradictsLength([...written.captions, ...written.remarks], digits, place)) return 0;
  const autocomplete = autocompleteOf(boxes);
  if (autocomplete === 'other') return 0;

  const madeFor = boxes.length > 1 || isMadeFor(boxes[0], digits);
  // A bank may leave room for another token's longer code, but then a text has to say so.
  const isLonger = boxes.length === 1 && boxes[0].maxLength > digits;
  if (isLonger && !said && remark !== 'otp' && !byToken) return 0;

  const byText = Math.max(pointsOf('own', asks(own)), pointsOf('before', asks(before)));
  let score = byText + (byText === 0 || remark === 'otp' ? pointsOf('remark', remark) : 0) + pointsOf('name', name);
  if (autocomplete === 'oneTimeCode') score += oneTimeCodePoints;
  // A page that asks for nothing but the code says so in its heading.
  const isOpenQuestion = !said && unnamed && written.captions.every(isGeneral);
  if (isOpenQuestion && madeFor && isAlone(boxes, inputs)) score += pointsOf('heading', meaningOfHeadings(boxes[0]));
  const isNamed = madeFor && written.captions.some(namesTheToken);
  if (isOfToken || (meanings.includes('code') && (byToken || isNamed))) score += tokenPoints;
  if (score === 0) return 0;
  if (madeFor) score += madeForPoints;
  if (isNumeric(boxes[0])) score += numericPoints;
  return score;
}

/** True if the page says that the code asked for here was sent by mail, SMS or telephone, or is memorised. */
export function isForOtherCode(place: Place): boolean {
  const { boxes } = place;
  const { captions, remarks } = readAround(place);
  if (captions.some((text) => meaningOfText(text) === 'otp' && namesTheToken(text))) return false;
  if ([...captions, ...remarks].some(tellsOfSentCode)) return true;
  const { text, headings } = surroundings(boxes[0]);
  if (!captions.some((caption) => meaningOfText(caption) === 'otp') && tellsOfKeptCode(text)) return true;
  return tellsOfSentCode(text) || [titleOf(boxes[0].ownerDocument), ...headings].some(isOfAChannel);
}

/** The texts that say how the code must be written: `全角`. */
export function textsOn(place: Place): readonly string[] {
  const { captions, remarks } = readAround(place);
  return [...captions, ...remarks];
}

function readAround({ boxes }: Place): Written {
  const groups = groupTexts(boxes);
  const own = [...boxes.flatMap((box) => [...labelTexts(box), ...hintTexts(box)]), ...groups];
  const last = boxes.at(-1) ?? boxes[0];
  const before = [...textsBefore(boxes[0]).take(6)];
  return { own, groups, before, captions: [...own, ...captionsOf(before)], remarks: remarksOn(last) };
}

/** If a field has a caption of its own, its group's name says what the code is for: `振込金額の確認`, `Sign in`. */
function meaningOfOwn({ own, groups }: Written): Meaning {
  const isSaid = own.some((text) => !groups.includes(text) && meaningOfText(text) === 'otp');
  const asSaid = (text: string) => (groups.includes(text) ? `${text.replace(/金額|口座|利用開始/g, '')} otp` : text);
  return strongest(own.map((text) => meaningOfText(isSaid ? asSaid(text) : text)));
}

/** The texts before a field up to its caption; those further out belong to something else. */
function captionsOf(before: readonly string[]): string[] {
  const end = before.findIndex((text) => meaningOfText(text) !== 'nothing' || !isGeneral(text));
  return before.slice(0, end < 0 ? before.length : end + 1);
}

/** What the nearest text before the field that is more than a remark says, together with the heading of its column. */
function meaningBefore(before: readonly string[], column: readonly string[]): Meaning {
  return strongest([...column, ...captionsOf(before)].map(meaningOfText));
}

/** No other field on the page. */
function isAlone(boxes: Place['boxes'], inputs: readonly HTMLInputElement[]): boolean {
  return inputs.every((input) => boxes.includes(input) || !isTypeable(input) || edgesOf(input).width === 0);
}

function meaningOfHeadings(field: HTMLInputElement): Meaning {
  const asking = surroundings(field).headings.filter((heading) => !/案内|知らせ|申込|とは|について/.test(heading));
  return strongest(asking.map(meaningOfText).filter((meaning) => meaning !== 'never'));
}

function meaningOfNames(boxes: readonly HTMLInputElement[]): Meaning {
  return strongest(boxes.flatMap((box) => [meaningOfName(box.name), meaningOfName(box.id)]));
}

/** The part of the page that asks for the code says that a token or an app shows it, and does not mention cards. */
function tellsOfToken(field: HTMLInputElement): boolean {
  const { text } = surroundings(field);
  return namesTheToken(text) && !/カード番号|card number|expir|有効期限/i.test(text);
}

/** All stated lengths differ from the code's, or a sample inside the field fits neither the code nor the box. */
function contradictsLength(texts: readonly string[], digits: number, { digitsPerBox }: Place): boolean {
  const samples = texts.map(fold).filter((text) => /^(\d{4,}|[●•*_]{4,})$/.test(text));
  if (samples.some(({ length }) => length !== digits && length !== digitsPerBox)) return true;
  const told = texts.flatMap(lengthsTold);
  return told.length > 0 && !told.some(({ least, most }) => least <= digits && digits <= most);
}

function autocompleteOf(boxes: readonly HTMLInputElement[]): 'oneTimeCode' | 'other' | 'none' {
  const tokens = boxes.flatMap((box) => fold(box.getAttribute('autocomplete') ?? '').split(' '));
  if (tokens.includes('one-time-code')) return 'oneTimeCode';
  return tokens.some((token) => otherAutocomplete.test(token)) ? 'other' : 'none';
}

function isNumeric(field: HTMLInputElement): boolean {
  return field.inputMode === 'numeric' || /tel|number/.test(field.type) || /\\d|\[0-9\]/.test(field.pattern);
}

function pointsOf(where: keyof typeof points, meaning: Meaning): number {
  return meaning === 'otp' || meaning === 'code' ? points[where][meaning] : 0;
}

function strongest(meanings: readonly Meaning[]): Meaning {
  const order: readonly Meaning[] = ['never', 'otp', 'other', 'code'];
  return order.find((meaning) => meanings.includes(meaning)) ?? 'nothing';
}
