// The matrix of scopes: resources by None, Read, Write, presets above it, and below it what the key will be able to do.
import {h, button, freshID} from './dom.js';
import {resourceName, scopeSentence} from './words.js';

const presets = [
  {label: 'Read only', grants: (resources) => resources.map((each) => `${each.name}:read`)},
  {label: 'Customers write', grants: () => ['customers:write']},
  {label: 'Subscriptions write', grants: () => ['subscriptions:write']},
  {label: 'Coupons write', grants: () => ['coupons:write']},
  {label: 'API keys read and write', grants: () => ['api_keys:write']},
  {label: 'Event queue read', grants: () => ['event_queue:read']},
];

/** Access to one resource within a scope: none, read or write. */
function access(scope, resource) {
  if (scope.includes('*') || scope.includes(`${resource}:write`)) return 'write';
  return scope.includes(`${resource}:read`) ? 'read' : 'none';
}

/**
 * The matrix as an element, with `scope()` and `set(scope)`. Read-only it tells what is granted and takes nothing; it
 * fires `input` like any control.
 */
export function scopeMatrix(resources, scope, {isEditable = true} = {}) {
  const sentence = h('p', {'aria-live': 'polite'});
  const rows = resources.map((resource) => row(resource, access(scope, resource.name), isEditable));
  const current = () => rows.map((each) => each.permission()).filter(Boolean);
  const tell = () => { sentence.textContent = scopeSentence(isEditable ? current() : scope); };
  const set = (wanted) => {
    for (const each of rows) each.set(access(wanted, each.resource));
    tell();
  };
  const table = h('table', {class: 'matrix'},
    h('caption', {class: 'visually-hidden'}, 'Permissions by resource'),
    h('thead', {}, h('tr', {}, h('th', {scope: 'col'}, 'Resource'),
      ['None', 'Read', 'Write'].map((word) => h('th', {scope: 'col'}, word)))),
    h('tbody', {}, rows.map((each) => each.element)));
  const choose = (wanted) => {
    set(wanted);
    element.dispatchEvent(new Event('input', {bubbles: true}));
  };
  const element = h('div', {class: 'stack'}, isEditable && h('div', {class: 'line', role: 'group', 'aria-label': 'Presets'},
    presetsFor(resources).map((preset) => button(preset.label, () => choose([...current(), ...preset.grants(resources)]))),
    button('Clear', () => choose([]), {class: 'quiet'})), table, sentence);
  element.addEventListener('input', tell);
  tell();
  return Object.assign(element, {scope: current, set});
}

/** Those that speak of resources that there are. A preset adds to what is chosen already. */
function presetsFor(resources) {
  const names = new Set(resources.map((each) => each.name));
  return presets.filter((preset) => preset.grants(resources).every((each) => names.has(each.split(':')[0])));
}

function row(resource, granted, isEditable) {
  const name = freshID('access');
  const inputs = ['none', 'read', 'write'].map((value) => h('input', {
    type: 'radio', name, value, checked: value === granted, disabled: !isEditable || (value === 'write' && resource.read_only),
    'aria-label': `${resourceName(resource.name)}: ${value}`,
  }));
  const cells = inputs.map((input) => h('td', {}, input.value === 'write' && resource.read_only
    ? h('span', {class: 'soft', title: 'This resource can only be read.'}, '–') : h('label', {}, input)));
  return {
    resource: resource.name,
    element: h('tr', {}, h('th', {scope: 'row'}, resourceName(resource.name)), cells),
    set: (value) => { for (const input of inputs) input.checked = input.value === value; },
    permission: () => {
      const value = inputs.find((input) => input.checked)?.value;
      return value && value !== 'none' ? `${resource.name}:${value}` : null;
    },
  };
}
