Loop 15 {
    Send "15"
}
