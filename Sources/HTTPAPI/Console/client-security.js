// Client-side security of an environment, on its publishable key.
import {h, button, code, copyButton, replace} from './dom.js';
import {change, get, paths} from './api.js';
import {askAndDo, openDialog} from './dialog.js';
import {notify} from './notice.js';

/** Its state and, for owners, the switch and the signing secret. */
export function clientSecurity(environment, {at, mayChange}) {
  const path = `${paths.environment(environment)}/client-security`;
  const place = h('div', {class: 'stack'});
  const draw = async () => {
    const state = await get(path, {at});
    replace(place,
      h('p', {}, state.enforced
        ? 'Enforced: the publishable key is accepted only with a customer token that your backend signed.'
        : 'Not enforced: the publishable key is accepted by itself.'),
      h('p', {class: 'small soft'}, 'A customer token is a bearer value: it lives until the signing secret is rotated, which ends all of them at once.'),
      mayChange && h('div', {class: 'line'},
        button(state.enforced ? 'Relax' : 'Enforce', () => toggle(state.enforced)),
        button('Show signing secret', reveal), button('Rotate signing secret', rotate, {class: 'ends'})));
  };
  const done = async (sentence, answer) => {
    if (!answer) return;
    notify(sentence, answer);
    await draw();
  };
  const toggle = async (enforced) => done(`Client-side security is ${enforced ? 'relaxed' : 'enforced'},`, await askAndDo(
    enforced ? 'Relax client-side security' : 'Enforce client-side security', {
      content: h('p', {}, enforced
        ? `In ${environment} the publishable key will be accepted without a customer token.`
        : `In ${environment} requests with the publishable key and no right customer token get 401 from this moment.`),
      action: enforced ? 'Relax' : 'Enforce', danger: !enforced,
    }, () => change('PUT', path, {enforced: !enforced})));
  const rotate = async () => done('The signing secret is rotated,', await askAndDo('Rotate the signing secret', {
    content: h('p', {}, `Every customer token of ${environment} ends at this moment, all at once.`), action: 'Rotate signing secret', danger: true,
  }, () => change('POST', `${path}/rotate`)));
  const reveal = async () => {
    try {
      const answer = await change('POST', `${path}/reveal`);
      await openDialog('Signing secret', (close) => h('div', {class: 'stack'},
        h('p', {}, 'Your backend signs a customer id with it, HMAC-SHA256. The log notes that it was shown.'),
        h('div', {class: 'secret line apart'}, code(answer.secret), copyButton('Copy', () => answer.secret)),
        h('div', {class: 'actions'}, button('Done', () => close(), {class: 'primary'}))), {stays: true});
    } catch (problem) {
      notify(problem.message);
    }
  };
  draw().catch((problem) => replace(place, h('p', {class: 'error'}, problem.message)));
  return h('section', {class: 'stack'}, h('h3', {}, 'Client-side security'), place);
}
