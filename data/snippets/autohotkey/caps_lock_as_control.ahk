#Requires AutoHotkey v2.0
#SingleInstance Force
; Makes Caps Lock a second Control key; pressed alone and let go at once, it is Escape.

CapsLock:: {
    Send "{LControl down}"
    pressed := A_TickCount
    KeyWait "CapsLock"
    Send "{LControl up}"
    if (A_PriorKey = "CapsLock" && A_TickCount - pressed < 250)
        Send "{Escape}"
}
