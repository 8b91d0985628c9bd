"""Languages that the models of a family read, as their authors list them, and where that list stands.

Codes are those of cards: two letters, three where a language has no two. Variants of one language (scripts, Latin
spellings, dialects) are one code here. A family of which a source gives a number of languages alone is not here.
"""

from __future__ import annotations

XLM_R_LIST = "https://github.com/facebookresearch/fairseq/blob/3d262bb/examples/xlmr/README.md"
BGE_M3_LIST = "https://huggingface.co/BAAI/bge-m3/discussions/29"
F2LLM_V2_LIST = "https://huggingface.co/codefuse-ai/F2LLM-v2-14B/blob/main/README.md"
METACLIP2_LIST = "https://github.com/facebookresearch/MetaCLIP/blob/f47f784/docs/metaclip2.md"

_XLM_R = (
    "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is "
    "it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl "
    "so sq sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh"
)
XLM_R = tuple(_XLM_R.split())
"""Table of 100 rows, seven of them a second spelling or script of a language."""

_QWEN3 = (
    "af ar as ast awa az ba ban be bg bho bjn bn bs ca ceb cs cy da de el en es et eu fa fi fo fr fur ga gl gu he hi "
    "hne hr ht hu hy id ilo is it ja jv ka kea kk km kn ko lb li lij lmo lo lt lv mag mai min mk ml mr ms mt my nb ne "
    "nl nn oc or pa pag pap pl pt ro ru sc scn sd si sk sl sq sr su sv sw szl ta te tg th tl tpi tr tt uk ur uz vec "
    "vi war yi yue zh"
)
QWEN3 = tuple(_QWEN3.split())
"""Table in the README of Qwen3 Embedding; Dari counts as Persian, eight kinds of Arabic as one."""

_BGE_M3 = (
    "af am an ar arz as ast av az azb ba bar bcl be bg bh bn bo bpy br bs bxr ca cbk ce ceb ckb co cs cv cy da de diq "
    "dsb dty dv el eml en eo es et eu fa fi fr fy ga gd gl gn gom gu gv he hi hif hr hsb ht hu hy ia id ie ilo io is "
    "it ja jbo jv ka kk km kn ko krc ku kv kw ky la lb lez li lmo lo lt lv mai mg mhr min mk ml mn mr mrj ms mt mwl "
    "my myv mzn nah nap nds ne new nl nn no oc or os pa pam pfl pl pms pnb ps pt qu rm ro ru sa sah sc scn sco sd sh "
    "si sk sl so sq sr su sv sw ta te tg th tk tl tr tt tyv ug uk ur uz vec vep vi vls vo wa war wuu xal xmf yi yo "
    "yue zh"
)
BGE_M3 = tuple(_BGE_M3.split())
"""Of its training data, as its makers answered; without `als`, which means two languages."""

_F2LLM_V2 = (
    "af am ar az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi hr ht hu hy id is it ja jv "
    "ka kk km kn ko la lb lo lt lv mg mk ml mn mr ms my nb ne nl nn no oc pa pl pt ro ru si sk sl sq sr sv sw ta te "
    "tg th tl tr tt uk ur uz vi vo xh yo zh"
)
F2LLM_V2 = tuple(_F2LLM_V2.split())
"""Metadata of the model page, the same on the pages of the family."""

_METACLIP2 = (
    "ab ace ady af alt am ami an ang anp ar arc ary arz as ast atj av avk awa ay az azb ba ban bar bbc bcl be bew bg "
    "bh bi bjn blk bm bn bo bpy br bs bug bxr ca cdo ce ceb ch chr chy ckb co cr crh cs csb cu cv cy da dag de dga "
    "din diq dsb dtp dty dv dz ee el eml en eo es et eu ext fa fat ff fi fj fo fon fr frp frr fur fy ga gag gan gcr "
    "gd gl glk gn gom gor got gpe gu guc gur guw gv ha hak haw he hi hif hr hsb ht hu hy hyw ia id ie ig igl ik ilo "
    "inh io is it iu ja jam jbo jv ka kaa kab kbd kbp kcg kg ki kk kl km kn ko koi krc ks ksh ku kus kv kw ky la lad "
    "lb lbe lez lfn lg li lij lld lmo ln lo lt ltg lv mad mai mdf mg mhr mi min mk ml mn mni mnw mr mrj ms mt mwl my "
    "myv mzn nah nap nds ne new nia nl nn no nov nqo nso nv ny oc olo om or os pa pag pam pap pcd pcm pdc pfl pi pih "
    "pl pms pnb pnt ps pt pwn qu rm rmy rn ro ru rue rw sa sah sat sc scn sco sd se sg sh shi shn si sk skr sl sm smn "
    "sn so sq sr srn ss st stq su sv sw szl szy ta tay tcy te tet tg th ti tk tl tly tn to tpi tr trv ts tt tum tw ty "
    "tyv udm ug uk ur uz ve vec vep vi vls vo wa war wo wuu xal xh xmf yi yo za zea zgh zh zu"
)
METACLIP2 = tuple(_METACLIP2.split())
"""Wikipedias by which its data were chosen; without second ones of a language and without codes that mean another
language elsewhere (`als`, `nrm`)."""
