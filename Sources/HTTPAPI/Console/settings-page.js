// What a ledger is set up with: environments, integrations, resources, plan.
import {h, button, field} from './dom.js';
import {change, get, intention, paths} from './api.js';
import {link} from './address.js';
import {isOwner} from './session.js';
import {askAndDo} from './dialog.js';
import {showSecret} from './key-dialogs.js';
import {ledgerAt} from './ledger.js';
import {scopeMatrix} from './matrix.js';
import {afterwards} from './notice.js';
import {rows} from './table.js';
import {time} from './time.js';

export async function settingsPage(state) {
  const {environments, resources} = await ledgerAt(state.at);
  const environment = state.env;
  const mayChange = isOwner() && !state.at;
  const [{plan}, integrations] = await Promise.all([
    get('/v1/plan', {at: state.at}),
    environment ? get(`${paths.environment(environment)}/integrations`, {at: state.at}).then((answer) => answer.integrations) : [],
  ]);
  return h('div', {class: 'page'}, h('h1', {}, 'Settings'),
    section('Environments', mayChange && button('+ Environment', () => afterwards(addEnvironment())),
      environments.length ? rows(['Id', 'Provisioned'], environments.map((each) => [h('a', link({page: 'keys', env: each.id}), each.id), time(each.created_at, 'exact')]))
        : h('p', {}, 'None yet. An environment brings its two default keys.')),
    environment && section(`Integrations of ${environment}`, mayChange && button('Connect an integration', () => afterwards(connect(environment, resources))),
      integrations.length ? rows(['Name', 'Scope', ''], integrations.map((each) => [each.name, each.scope.join(' '),
        mayChange && each.status === 'connected' && button(`Disconnect ${each.name}`, () => afterwards(disconnect(environment, each)), {class: 'ends'})]))
        : h('p', {}, 'None. Each gets a key of its own when it is connected.')),
    section('Resources', mayChange && button('+ Resource', () => afterwards(addResource())),
      rows(['Name', 'Read by clients', 'Can be written'], resources.map((each) => [each.name, each.client_readable ? 'yes' : 'no', each.read_only ? 'no' : 'yes']))),
    section('Plan', mayChange && button('Change plan', () => afterwards(changePlan(plan))), h('p', {}, plan === 'scale' ? 'Scale: scoped keys can be created.' : 'Starter: default keys only; scoped keys that exist go on.')));
}

const section = (title, action, ...content) => h('section', {}, h('div', {class: 'line apart'}, h('h2', {}, title), action), content);

async function addEnvironment() {
  const id = h('input', {required: true, pattern: '[a-z][a-z0-9_\\-]{0,62}', autocomplete: 'off', autofocus: true});
  const once = intention();
  const answer = await askAndDo('Provision an environment', {
    content: field('Id', id, 'Lower-case letters, digits, - and _, a letter first: production.'), action: 'Provision', isReady: () => id.checkValidity(),
  }, () => change('POST', '/v1/environments', {id: id.value}, {once}));
  if (!answer) return null;
  for (const key of answer.keys) await showSecret(`${key.name} of ${answer.environment.id}`, key);
  return {...answer, sentence: `${answer.environment.id} is provisioned,`};
}

async function connect(environment, resources) {
  const name = h('input', {required: true, autocomplete: 'off', autofocus: true});
  const matrix = scopeMatrix(resources, []);
  const once = intention();
  const answer = await askAndDo(`Connect an integration to ${environment}`, {
    content: [field('Name', name, 'Such as salesforce.'), h('h3', {}, 'What its key may do, for good'), matrix], action: 'Connect', wide: true,
    isReady: () => name.value.trim() !== '' && matrix.scope().length > 0,
  }, () => change('PUT', `${paths.environment(environment)}/integrations/${encodeURIComponent(name.value.trim())}`, {scope: matrix.scope()}, {once}));
  if (!answer) return null;
  await showSecret(`The key of ${answer.key.name}`, answer.key);
  return {...answer, sentence: `${answer.key.name} is connected,`};
}

async function disconnect(environment, integration) {
  const answer = await askAndDo(`Disconnect ${integration.name}`, {
    content: h('p', {}, 'Its keys end at this moment and leave the table; requests with them get 401. Their history stays.'), action: `Disconnect ${integration.name}`, danger: true,
  }, () => change('DELETE', `${paths.environment(environment)}/integrations/${encodeURIComponent(integration.name)}`));
  return answer && {...answer, sentence: `${integration.name} is disconnected,`};
}

async function addResource() {
  const name = h('input', {required: true, autocomplete: 'off', autofocus: true});
  const clients = h('input', {type: 'checkbox'});
  const readOnly = h('input', {type: 'checkbox'});
  const answer = await askAndDo('Add a resource type', {
    content: [field('Name', name), h('label', {class: 'choice'}, clients, 'Publishable keys may read it'), h('label', {class: 'choice'}, readOnly, 'It can only be read'),
      h('p', {class: 'soft'}, 'Full access keys may use it at once. Scoped keys must be granted it.')],
    action: 'Add resource', isReady: () => name.value.trim() !== '',
  }, () => change('POST', '/v1/resources', {name: name.value.trim(), client_readable: clients.checked, read_only: readOnly.checked}));
  return answer && {...answer, sentence: `${name.value.trim()} is added,`};
}

async function changePlan(plan) {
  const choice = h('select', {}, ['scale', 'starter'].map((each) => h('option', {value: each, selected: each === plan}, each)));
  const answer = await askAndDo('Change the plan', {content: field('Plan', choice), action: 'Change plan'}, () => change('PUT', '/v1/plan', {plan: choice.value}));
  return answer && {...answer, sentence: `The plan is ${choice.value},`};
}
