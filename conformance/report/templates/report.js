(function () {
  'use strict';
  var form = document.querySelector('.filter');
  var search = document.getElementById('search');
  var shown = document.getElementById('shown');
  var nothing = document.querySelector('.nothing');
  var boxes = Array.from(form.querySelectorAll('input[type=checkbox]'));
  var groups = Array.from(document.querySelectorAll('[data-group]')).map(function (element) {
    return { element: element, plain: element.querySelector('details.plain'), cases: Array.from(element.querySelectorAll('[data-status]')) };
  });

  function chosen() {
    return boxes.filter(function (box) { return box.checked; }).map(function (box) { return box.value; });
  }

  // Every word must occur; if no status is chosen, all are shown.
  function apply() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var statuses = chosen();
    var total = 0;
    var visible = 0;
    groups.forEach(function (group) {
      var here = 0;
      group.cases.forEach(function (item) {
        var text = item.dataset.text;
        var match = (!statuses.length || statuses.includes(item.dataset.status)) &&
          words.every(function (word) { return text.includes(word); });
        item.hidden = !match;
        here += match ? 1 : 0;
      });
      total += group.cases.length;
      visible += here;
      group.element.hidden = here === 0;
      if (group.plain && here > 0) {
        group.plain.open = words.length > 0 || statuses.length > 0;
      }
    });
    shown.textContent = visible + ' of ' + total + ' shown';
    nothing.hidden = visible > 0;
  }

  // The state is in the fragment, so that a view can be linked. Other fragments name a place on the page.
  function remember() {
    var parts = [];
    if (chosen().length) { parts.push('status=' + chosen().join(',')); }
    if (search.value) { parts.push('q=' + encodeURIComponent(search.value)); }
    var base = location.href.split('#')[0];
    try { history.replaceState(null, '', parts.length ? base + '#' + parts.join('&') : base); } catch (error) { /* A sandbox may forbid it. */ }
  }

  function recall() {
    var fragment = location.hash.slice(1);
    if (fragment.includes('=')) {
      var state = new URLSearchParams(fragment);
      var statuses = (state.get('status') || '').split(',');
      search.value = state.get('q') || '';
      boxes.forEach(function (box) { box.checked = statuses.includes(box.value); });
      apply();
      return;
    }
    reveal(fragment);
  }

  // Opens what a link leads to, and all that it is folded into. A filter that hides it is taken away.
  function reveal(fragment) {
    var target = fragment && document.getElementById(fragment);
    if (!target) { return; }
    if (target.closest('[hidden]')) {
      search.value = '';
      boxes.forEach(function (box) { box.checked = false; });
      apply();
    }
    var own = target.matches('article') && target.querySelector('details');
    for (var element = own || target; element; element = element.parentElement) {
      if (element.tagName === 'DETAILS') { element.open = true; }
    }
    target.scrollIntoView();
  }

  function changed() { apply(); remember(); }
  form.addEventListener('input', changed);
  form.addEventListener('change', changed);
  form.addEventListener('submit', function (event) { event.preventDefault(); });
  form.addEventListener('reset', function () { setTimeout(changed, 0); });
  window.addEventListener('hashchange', recall);
  document.addEventListener('keydown', function (event) {
    var typing = event.target.closest && event.target.closest('input, textarea, select, [contenteditable]');
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === 'Escape' && event.target === search && search.value) {
      search.value = '';
      changed();
    }
  });

  function copy(text, element) {
    if (navigator.clipboard && window.isSecureContext) { return navigator.clipboard.writeText(text); }
    var range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand('copy') ? Promise.resolve() : Promise.reject(new Error('copying is not allowed'));
  }
  document.addEventListener('click', function (event) {
    // The fragment may be the present one already, and then it does not change.
    var link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) { reveal(link.hash.slice(1)); }
  });
  document.addEventListener('click', function (event) {
    var button = event.target.closest('.copy');
    if (!button) { return; }
    var command = button.previousElementSibling;
    var say = function (word) {
      button.textContent = word;
      setTimeout(function () { button.textContent = 'Copy'; }, 2000);
    };
    copy(command.textContent, command).then(function () { say('Copied'); }, function () { say('Select it'); });
  });

  // Before printing, expand everything.
  window.addEventListener('beforeprint', function () {
    document.querySelectorAll('article > details, .chapter, .about').forEach(function (details) { details.open = true; });
  });
  recall();
})();
