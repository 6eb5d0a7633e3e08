import { start } from '../../ui/page.tsx';
import { Options } from './options.tsx';

start(Options);
