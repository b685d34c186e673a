'use strict';
// Everything here is done without a script too; it only saves ways and bytes.
(() => {
  const addresses = [];
  let asked = [];

  function shownAddress(file) {
    const address = URL.createObjectURL(file);
    addresses.push(address);
    return address;
  }

  function prepareForm(form) {
    const input = form.querySelector('#pictures');
    const camera = form.querySelector('#camera');
    const zone = form.querySelector('.drop');
    const list = form.querySelector('.chosen');
    const status = form.querySelector('.waiting');
    const button = form.querySelector('button[type=submit]');
    form.querySelectorAll('.only-script').forEach((each) => { each.hidden = false; });

    const all = () => [...input.files, ...camera.files];

    function list_chosen() {
      list.replaceChildren(...all().map((file) => {
        const item = document.createElement('li');
        const image = document.createElement('img');
        const name = document.createElement('span');
        image.alt = '';
        image.src = shownAddress(file);
        image.addEventListener('error', () => image.remove());
        name.textContent = file.name;
        item.append(image, name);
        return item;
      }));
      list.hidden = !list.childElementCount;
      status.textContent = all().length > Number(form.dataset.most) ? form.dataset.tooMany : '';
    }

    function take(files) {
      const pictures = [...files].filter((file) => file.type.startsWith('image/'));
      if (!pictures.length) return;
      const held = new DataTransfer();
      [...input.files, ...pictures].forEach((file) => held.items.add(file));
      input.files = held.files;
      list_chosen();
    }

    input.addEventListener('change', list_chosen);
    camera.addEventListener('change', list_chosen);
    zone.addEventListener('dragover', (event) => { event.preventDefault(); zone.classList.add('over'); });
    zone.addEventListener('dragleave', () => zone.classList.remove('over'));
    zone.addEventListener('drop', (event) => {
      event.preventDefault();
      zone.classList.remove('over');
      take(event.dataTransfer.files);
    });
    document.onpaste = (event) => {
      if (form.isConnected && event.clipboardData && event.clipboardData.files.length) take(event.clipboardData.files);
    };

    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      asked = all();
      status.textContent = form.dataset.waiting;
      button.disabled = true;
      try {
        const headers = { 'X-Own-Pictures': '1', Accept: 'text/html' };
        const answer = await fetch(form.action, { method: 'POST', body: new FormData(form), headers });
        const where = answer.headers.get('X-Page') || new URL(answer.url).pathname;
        show(await answer.text(), where);
      } catch (error) {
        status.textContent = form.dataset.failed;
        button.disabled = false;
      }
    });
  }

  function show(text, where) {
    const page = new DOMParser().parseFromString(text, 'text/html');
    const main = page.querySelector('main');
    if (!main) throw new Error('no page');
    document.title = page.title;
    document.querySelector('main').replaceWith(document.adoptNode(main));
    const languages = page.querySelector('.languages');
    if (languages) document.querySelector('.languages').replaceWith(document.adoptNode(languages));
    history.pushState({}, '', where);
    prepare(main);
    window.scrollTo(0, 0);
    main.focus();
  }

  function prepareSlider(compare, number) {
    const [, heat] = compare.querySelectorAll('figure');
    const label = document.createElement('label');
    const range = document.createElement('input');
    const edge = document.createElement('span');
    Object.assign(range, { type: 'range', min: 0, max: 100, value: 50, id: `slider-${number}` });
    label.htmlFor = range.id;
    label.textContent = compare.dataset.label;
    edge.className = 'edge';
    const move = () => {
      compare.style.setProperty('--cut', `${range.value}%`);
      edge.style.left = `${range.value}%`;
      edge.style.height = `${heat.offsetHeight}px`;
    };
    compare.classList.add('sliding');
    compare.append(edge, range, label);
    range.addEventListener('input', move);
    heat.querySelector('img').addEventListener('load', move);
    window.addEventListener('resize', move);
    const drag = (event) => {
      if (!(event.buttons & 1)) return;
      const box = heat.getBoundingClientRect();
      range.value = (100 * (event.clientX - box.left)) / box.width;
      move();
    };
    heat.addEventListener('pointerdown', drag);
    heat.addEventListener('pointermove', drag);
    heat.addEventListener('dragstart', (event) => event.preventDefault());
    move();
  }

  function prepareFeedback(form) {
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const body = new URLSearchParams(new FormData(form, event.submitter));
      const words = document.createElement('p');
      words.className = 'flash done';
      words.setAttribute('role', 'status');
      try {
        const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'text/html' } });
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        const flash = page.querySelector('.flash');
        words.textContent = (flash || page.querySelector('h1')).textContent;
        if (!flash) words.className = 'flash wrong';
      } catch (error) {
        words.textContent = form.dataset.failed;
        words.className = 'flash wrong';
      }
      form.parentElement.querySelectorAll('.flash').forEach((each) => each.remove());
      form.before(words);
    });
  }

  function prepare(root) {
    root.querySelectorAll('form.ask').forEach(prepareForm);
    root.querySelectorAll('form.quiet').forEach(prepareFeedback);
    root.querySelectorAll('.compare').forEach(prepareSlider);
    root.querySelectorAll('img[data-own]').forEach((image) => {
      const file = asked[Number(image.dataset.own)];
      if (file) image.src = shownAddress(file);
    });
  }

  window.addEventListener('popstate', () => window.location.reload());
  window.addEventListener('pagehide', () => addresses.splice(0).forEach((each) => URL.revokeObjectURL(each)));
  prepare(document);
})();
