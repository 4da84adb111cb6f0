// What the site says around the pages, in each language beside English.

/** What stands where there is no page, and the way to the first one. */
const missing = ([title, quote, linkText]) => ({ title, quote, linkText, linkLabel: linkText });

export const MISSING = missing([
  'No such page',
  'The address may have changed. The search knows all pages.',
  'To the first page',
]);

/** The labels of a language: outline, previous, next, top, menu, theme, light, dark, languages, and of no page. */
const theme = ([outline, prev, next, top, menu, appearance, light, dark, languages, ...rest]) => ({
  notFound: missing(rest),
  outline: { level: [2, 3], label: outline },
  docFooter: { prev, next },
  returnToTopLabel: top,
  sidebarMenuLabel: menu,
  darkModeSwitchLabel: appearance,
  lightModeSwitchTitle: light,
  darkModeSwitchTitle: dark,
  langMenuLabel: languages,
});

/** The labels of the search: button, nothing found, clear, select, move, close. */
const search = ([button, none, reset, select, move, close]) => ({
  button: { buttonText: button, buttonAriaLabel: button },
  modal: {
    noResultsText: none,
    resetButtonTitle: reset,
    footer: { selectText: select, navigateText: move, closeText: close },
  },
});

export const LABELS = {
  ja: {
    label: '日本語',
    lang: 'ja',
    theme: theme([
      ...['このページの内容', '前のページ', '次のページ', 'ページの先頭へ', 'メニュー'],
      ...['表示', 'ライトモードに切り替える', 'ダークモードに切り替える', '言語を変える'],
      ...[
        'ページがありません',
        'アドレスが変わったのかもしれません。検索で探せます。',
        '最初のページへ',
      ],
    ]),
    search: search(['検索', '見つかりませんでした', '消去', '選択', '移動', '閉じる']),
  },
  zh: {
    label: '简体中文',
    lang: 'zh-Hans',
    theme: theme([
      ...['本页内容', '上一页', '下一页', '回到顶部', '菜单'],
      ...['外观', '切换到浅色模式', '切换到深色模式', '切换语言'],
      ...['没有这个页面', '地址可能已经改变，可以用搜索查找。', '回到首页'],
    ]),
    search: search(['搜索', '没有找到结果', '清除', '选择', '移动', '关闭']),
  },
  ko: {
    label: '한국어',
    lang: 'ko',
    theme: theme([
      ...['이 페이지의 내용', '이전 페이지', '다음 페이지', '맨 위로', '메뉴'],
      ...['화면 모드', '밝은 모드로 전환', '어두운 모드로 전환', '언어 변경'],
      ...[
        '페이지가 없습니다',
        '주소가 바뀌었을 수 있습니다. 검색으로 찾을 수 있습니다.',
        '첫 페이지로',
      ],
    ]),
    search: search(['검색', '결과가 없습니다', '지우기', '선택', '이동', '닫기']),
  },
  fr: {
    label: 'français',
    lang: 'fr',
    theme: theme([
      ...['Sur cette page', 'Page précédente', 'Page suivante', 'Haut de page', 'Menu'],
      ...['Apparence', 'Passer au mode clair', 'Passer au mode sombre', 'Changer de langue'],
      ...[
        'Page introuvable',
        "L'adresse a peut-être changé. La recherche connaît toutes les pages.",
        'Première page',
      ],
    ]),
    search: search(['Rechercher', 'Aucun résultat', 'Effacer', 'choisir', 'se déplacer', 'fermer']),
  },
};
