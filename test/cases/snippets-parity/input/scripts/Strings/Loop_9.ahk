Loop 9 {
    Send "9"
}
