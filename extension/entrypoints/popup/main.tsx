// Asks the background before anything else here runs.
import './opening.ts';
import { start } from '../../ui/page.tsx';
import { opening } from './opening.ts';
import { Popup } from './popup.tsx';

start(Popup, opening);
