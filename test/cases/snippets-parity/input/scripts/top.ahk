MsgBox "top"
