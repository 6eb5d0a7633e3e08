import { start } from '../../ui/page.tsx';
import { Popup } from './popup.tsx';

start(Popup);
