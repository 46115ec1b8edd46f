#Requires AutoHotkey v2.0
#SingleInstance Force

; Remembers the last texts that were copied.
class ClipboardHistory {
    __New(most := 20) {
        this.most := most
        this.texts := []
        OnClipboardChange((type) => type = 1 ? this.Add(A_Clipboard) : 0)
    }

    Add(text) {
        this.texts.InsertAt(1, text)
        if (this.texts.Length > this.most)
            this.texts.Pop()
    }

    Menu() {
        shown := Menu()
        for text in this.texts
            shown.Add(SubStr(text, 1, 40), ((chosen, *) => this.Paste(chosen)).Bind(text))
        return shown
    }

    Paste(text) {
        A_Clipboard := text
        Send "^v"
    }
}

history := ClipboardHistory()
^+v:: history.Menu().Show()
