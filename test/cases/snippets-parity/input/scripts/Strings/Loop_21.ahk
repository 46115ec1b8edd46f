Loop 21 {
    Send "21"
}
